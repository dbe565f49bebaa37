#include "server/git/protocol/advertisement.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "server/base/printable.h"

namespace gitsync {
namespace {

constexpr size_t kMaxBranchNameBytes = 255;
constexpr absl::string_view kBranchPrefix = "refs/heads/";

}  // namespace

const RemoteRef* Advertisement::Find(absl::string_view name) const {
  const auto it = std::find_if(refs.begin(), refs.end(), [name](const RemoteRef& ref) {
    return name == ref.name;
  });
  return it == refs.end() ? nullptr : &*it;
}

bool Advertisement::Can(absl::string_view capability) const {
  return std::any_of(
      capabilities.begin(), capabilities.end(), [capability](absl::string_view one) {
        return absl::ConsumePrefix(&one, capability) && (one.empty() || one[0] == '=');
      });
}

RemoteBranches Advertisement::Branches() const {
  RemoteBranches branches;
  const RemoteRef* default_ref = nullptr;
  const RemoteRef* const head = Find("HEAD");
  for (const std::string& capability : capabilities) {
    absl::string_view target = capability;
    if (absl::ConsumePrefix(&target, "symref=HEAD:")) default_ref = Find(target);
  }
  for (const RemoteRef& ref : refs) {
    if (!absl::StartsWith(ref.name, kBranchPrefix)) continue;
    ++branches.count;
    // Remotes older than that capability tell HEAD's commit only.
    if (default_ref == nullptr && head != nullptr && head->id == ref.id) {
      default_ref = &ref;
    }
  }
  const auto add = [&branches](const RemoteRef& ref) {
    branches.names.push_back(
        PrintableText(absl::StripPrefix(ref.name, kBranchPrefix), kMaxBranchNameBytes));
  };
  if (default_ref != nullptr && absl::StartsWith(default_ref->name, kBranchPrefix)) {
    add(*default_ref);
    branches.default_name = branches.names.front();
  } else {
    default_ref = nullptr;
  }
  for (const RemoteRef& ref : refs) {
    if (branches.names.size() == RemoteBranches::kMaxNames) break;
    if (&ref != default_ref && absl::StartsWith(ref.name, kBranchPrefix)) add(ref);
  }
  return branches;
}

}  // namespace gitsync
