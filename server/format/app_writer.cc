// Writes an app as files.

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/status_macros.h"
#include "server/base/unicode.h"
#include "server/format/app_files.h"
#include "server/format/definition.h"
#include "server/format/json_index.h"
#include "server/format/json_text.h"
#include "server/format/splitter.h"
#include "server/format/stem.h"

namespace gitsync {
namespace {

constexpr size_t kMaxSlugBytes = 60;

std::string ManifestJson(const AppManifest& manifest) {
  std::string json = "{\n  \"format\": 1,\n  \"git_app_id\": ";
  AppendString(manifest.git_app_id, json);
  json.append(",\n  \"name\": ");
  AppendString(manifest.name, json);
  json.append(",\n  \"slug\": ");
  AppendString(manifest.slug, json);
  json.append(",\n  \"version\": ");
  AppendString(manifest.version_name, json);
  json.append("\n}\n");
  return json;
}

std::string OrderJson(const std::vector<std::string>& stems) {
  std::string json = "[";
  for (const std::string& stem : stems) {
    json.append(json.size() > 1 ? ",\n  " : "\n  ");
    AppendString(stem, json);
  }
  json.append("\n]\n");
  return json;
}

class AppWriter {
 public:
  explicit AppWriter(FileMap& files) : files_(files) {}

  // Writes `object` to `<path>.json`, and its split members below `folder`. `levels` is
  // the number of splitting levels that remain below this object's own.
  absl::Status Object(absl::string_view object, const std::string& path,
                      const std::string& folder, int levels) {
    std::vector<SplitMember> split;
    if (levels > 0) split = SplitMembers(object, &budget_);
    if (split.empty()) return File(path, object);
    RETURN_IF_ERROR(File(path, Without(object, split)));
    for (const SplitMember& member : split) {
      const std::string below = absl::StrCat(folder, "/", member.key);
      files_[below + "/_order.json"] = OrderJson(member.stems);
      for (size_t i = 0; i < member.elements.size(); ++i) {
        const std::string element = absl::StrCat(below, "/", member.stems[i]);
        RETURN_IF_ERROR(Object(member.elements[i], element, element, levels - 1));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status File(const std::string& path, absl::string_view json) {
    ASSIGN_OR_RETURN(files_[path + ".json"], CanonicalJson(json));
    return absl::OkStatus();
  }

  FileMap& files_;
  size_t budget_ = kMaxElementFiles;
};

}  // namespace

absl::StatusOr<FileMap> WriteApp(const AppManifest& manifest,
                                 absl::string_view definition) {
  const JsonLimits limits = {.object_only = true,
                             .max_bytes = kMaxCanonicalBytes,
                             .max_canonical_bytes = kMaxCanonicalBytes};
  if (const auto fault = CheckJson(definition, limits, nullptr)) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidDefinition,
                 absl::StrCat("The definition is not valid. At ",
                              Describe(*fault, definition), "."));
  }
  FileMap files;
  files[std::string(kManifestFile)] = ManifestJson(manifest);
  RETURN_IF_ERROR(
      AppWriter(files).Object(definition, "definition/definition", "definition", 2));
  return files;
}

std::optional<std::string> MergeManifests(absl::string_view base,
                                          absl::string_view ours,
                                          absl::string_view theirs) {
  const absl::StatusOr<AppManifest> from = ReadManifest(base);
  const absl::StatusOr<AppManifest> our = ReadManifest(ours);
  const absl::StatusOr<AppManifest> their = ReadManifest(theirs);
  if (!from.ok() || !our.ok() || !their.ok()) return std::nullopt;
  AppManifest merged = *their;
  for (const auto member : {&AppManifest::git_app_id, &AppManifest::name,
                            &AppManifest::slug, &AppManifest::version_name}) {
    if ((*our).*member == (*from).*member) continue;
    if ((*their).*member != (*from).*member && (*their).*member != (*our).*member) {
      return std::nullopt;
    }
    merged.*member = (*our).*member;
  }
  return ManifestJson(merged);
}

std::string Slugify(absl::string_view name) {
  std::string slug = PlainStem(ToPlainLatin(name), kMaxSlugBytes);
  if (slug.empty()) return absl::StrCat("app-", ShortHash(ToNfc(name)));
  // A folder named "con" can't be checked out on Windows.
  return IsReservedName(slug) ? slug + "-app" : slug;
}

bool IsSlug(absl::string_view text) {
  return !text.empty() && text == PlainStem(text, kMaxSlugBytes) &&
         !IsReservedName(text);
}

}  // namespace gitsync
