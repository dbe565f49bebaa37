// Reads the includes of the whole tree: dependencies point one way.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace gitsync {
namespace {

// What the files of a folder, and of its folders that have no rule of their own, may
// include of ours. The most specific folder counts.
struct Rule {
  std::string folder;
  std::vector<std::string> allowed;
};

const std::vector<Rule>& Rules() {
  static const auto* const rules = new std::vector<Rule>{
      {"server/base/", {"google/rpc/", "google/protobuf/"}},
      {"storage/", {"server/base/"}},
      {"storage/sqlite/", {"storage/", "server/base/"}},
      {"server/security/", {"server/base/"}},
      {"server/format/", {"server/base/"}},
      {"server/net/", {"server/base/"}},
      {"server/http_client/", {"server/base/", "server/net/"}},
      {"server/git/transport/", {"server/base/", "server/net/", "server/http_client/"}},
      {"server/git/object/", {"server/base/"}},
      {"server/git/pack/", {"server/base/", "server/git/object/"}},
      {"server/git/protocol/",
       {"server/base/", "server/git/transport/", "server/git/object/",
        "server/git/pack/"}},
      {"server/git/mirror/",
       {"server/base/", "server/git/transport/", "server/git/object/",
        "server/git/pack/", "server/git/protocol/", "server/git/repository.h"}},
      {"server/git/push/",
       {"server/base/", "server/git/transport/", "server/git/object/",
        "server/git/pack/", "server/git/protocol/", "server/git/mirror/",
        "server/git/repository.h"}},
      {"server/git/", {"server/base/"}},
      {"server/github/",
       {"server/base/", "server/security/", "server/http_client/",
        "server/git/transport/"}},
      {"server/resource/",
       {"server/base/", "storage/", "server/security/", "server/format/",
        "server/git/object/", "server/git/transport/"}},
      {"server/operation/", {"server/base/", "storage/"}},
      {"server/sync/",
       {"server/base/", "storage/", "server/security/", "server/format/", "server/git/",
        "server/resource/", "server/operation/"}},
      {"server/rpc/connection/", {"server/base/", "server/net/", "google/"}},
      {"server/rpc/call/",
       {"server/base/", "storage/", "server/security/", "server/resource/",
        "server/operation/", "server/sync/", "gitsync/v1/", "google/"}},
      {"server/rpc/",
       {"server/base/", "server/net/", "storage/", "server/security/", "server/format/",
        "server/git/", "server/resource/", "server/operation/", "server/sync/",
        "gitsync/v1/", "google/"}},
      {"server/config/", {"server/base/", "gitsync/config/", "google/"}},
      {"server/gateway/json/", {"server/base/", "google/"}},
      {"server/gateway/codegen/",
       {"server/base/", "server/gateway/json/",
        "server/gateway/transcoding/path_template.h", "gitsync/options/", "google/"}},
      {"server/gateway/http/", {"server/base/", "google/"}},
      {"server/gateway/transcoding/",
       {"server/base/", "server/gateway/http/", "server/gateway/json/", "gitsync/v1/",
        "google/"}},
      {"server/gateway/",
       {"server/base/", "gitsync/v1/", "gitsync/options/", "google/"}},
      {"client/", {"gitsync/v1/", "google/"}},
  };
  return *rules;
}

// Libraries that only some folders know. The second is a prefix of the header's name.
const std::vector<std::pair<std::string, std::string>>& Owners() {
  static const auto* const owners =
      new std::vector<std::pair<std::string, std::string>>{
          {"storage/sqlite/", "SQLiteCpp/"}, {"storage/sqlite/", "sqlite3.h"},
          {"server/git/", "git2"},           {"server/git/transport/", "libssh/"},
          {"server/http_client/", "curl/"},  {"server/gateway/", "boost/beast"},
          {"server/base/", "unicode/"},      {"client/cli/", "unicode/"},
      };
  return *owners;
}

const std::vector<std::string> kOurRoots = {"server/", "storage/", "client/",
                                            "gitsync/", "google/"};

bool HasPrefix(const std::string& text, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    if (absl::StartsWith(text, prefix)) return true;
  }
  return false;
}

const Rule* RuleOf(const std::string& file) {
  const Rule* found = nullptr;
  for (const Rule& rule : Rules()) {
    if (absl::StartsWith(file, rule.folder) &&
        (found == nullptr || rule.folder.size() > found->folder.size())) {
      found = &rule;
    }
  }
  return found;
}

// What is wrong with `file` including `header`; empty if nothing is.
std::string Fault(const std::string& file, const std::string& header) {
  std::vector<std::string> owners;
  for (const auto& [folder, prefix] : Owners()) {
    if (absl::StartsWith(header, prefix)) owners.push_back(folder);
  }
  if (!owners.empty() && !HasPrefix(file, owners)) {
    return absl::StrCat(file, " includes ", header, ", which is for ",
                        absl::StrJoin(owners, " and "));
  }
  // These put everything together.
  if (file == "server/main.cc" || absl::StartsWith(file, "server/app/")) return "";
  if (!HasPrefix(header, kOurRoots)) return "";
  const Rule* const rule = RuleOf(file);
  if (rule == nullptr) return absl::StrCat(file, " is in a folder without a rule here");
  // Stores are used through their interfaces.
  const bool own = absl::StartsWith(header, rule->folder);
  const bool hidden =
      absl::StartsWith(header, "storage/sqlite/") && rule->folder != "storage/sqlite/";
  if (!hidden && (own || HasPrefix(header, rule->allowed))) return "";
  return absl::StrCat(file, " includes ", header, ", against the layers");
}

std::vector<std::string> HeadersOf(const std::filesystem::path& file) {
  static const std::regex include("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");
  std::vector<std::string> headers;
  std::ifstream input(file);
  for (std::string line; std::getline(input, line);) {
    std::smatch match;
    if (std::regex_search(line, match, include)) headers.push_back(match[1]);
  }
  return headers;
}

TEST(LayeringTest, IncludesPointDownwards) {
  const std::filesystem::path root = GITSYNC_SOURCE_DIR;
  int includes = 0;
  std::vector<std::string> faults;
  for (const char* top : {"server", "storage", "client"}) {
    if (!std::filesystem::exists(root / top)) continue;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension();
      if (extension != ".cc" && extension != ".h") continue;
      const std::string file = entry.path().lexically_relative(root);
      for (const std::string& header : HeadersOf(entry.path())) {
        ++includes;
        std::string fault = Fault(file, header);
        if (!fault.empty()) faults.push_back(std::move(fault));
      }
    }
  }
  EXPECT_GT(includes, 100);
  EXPECT_THAT(faults, ::testing::IsEmpty());
}

TEST(LayeringTest, RuleFindsWrongArrows) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"storage/app_store.h", "server/git/mirror/mirror.h"},
      {"storage/app_store.h", "storage/sqlite/sqlite_store.h"},
      {"storage/app_store.h", "gitsync/v1/app_service.pb.h"},
      {"storage/store.cc", "sqlite3.h"},
      {"server/sync/push.cc", "git2.h"},
      {"server/sync/push.cc", "git2/sys/repository.h"},
      {"server/sync/push.cc", "storage/sqlite/sqlite_store.h"},
      {"server/sync/push.cc", "gitsync/v1/app_service.pb.h"},
      {"server/git/mirror/mirror.cc", "libssh/libssh.h"},
      {"server/git/mirror/mirror.cc", "server/format/app_files.h"},
      {"server/format/app_writer.cc", "server/security/sealer.h"},
      {"server/security/sealer.cc", "storage/store.h"},
      {"server/net/address.cc", "server/http_client/http_client.h"},
      {"server/git/transport/https_stream.cc", "curl/curl.h"},
      {"server/git/transport/https_transport.cc", "server/github/app_logins.h"},
      {"server/base/error.cc", "server/sync/push.h"},
      {"client/lib/client.h", "server/base/error.h"},
      {"server/resource/apps.cc", "server/git/git_engine.h"},
      {"server/operation/operation_runner.cc", "server/git/git_engine.h"},
      {"server/operation/operation_runner.cc", "server/resource/access.h"},
      {"server/rpc/call/call.cc", "server/rpc/convert.h"},
      {"server/gateway/http/connection.cc", "server/gateway/transcoding/route.h"},
      {"server/new_folder/x.cc", "server/base/error.h"},
  };
  for (const auto& [file, header] : wrong) {
    EXPECT_NE(Fault(file, header), "") << file << " " << header;
  }
  EXPECT_EQ(Fault("server/sync/push.cc", "server/git/mirror/mirror.h"), "");
  EXPECT_EQ(Fault("server/git/transport/ssh.cc", "libssh/libssh.h"), "");
  EXPECT_EQ(Fault("server/git/transport/remote.cc", "git2/errors.h"), "");
}

}  // namespace
}  // namespace gitsync
