// A bare repository as the remote, an engine with a transport to it, and git itself to
// look at what came of it.

#ifndef GITSYNC_TESTS_UNIT_GIT_ENGINE_FIXTURE_H_
#define GITSYNC_TESTS_UNIT_GIT_ENGINE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/git/libgit2_engine.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/git/faulty_transport.h"

namespace gitsync {

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    std::string pattern = testing::TempDir() + "/git_engine_XXXXXX";
    dir_ = mkdtemp(pattern.data());
    setenv("HOME", dir_.c_str(), 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    for (const char* who : {"AUTHOR", "COMMITTER"}) {
      setenv(absl::StrCat("GIT_", who, "_NAME").c_str(), "Other", 1);
      setenv(absl::StrCat("GIT_", who, "_EMAIL").c_str(), "other@example.com", 1);
    }
    Sh("git init -q --bare -b main remote.git");
    repository_.mirror_id = "mirror-1";
    repository_.remote.url.scheme = GitUrl::Scheme::kFile;
    repository_.remote.url.path = absl::StrCat(dir_, "/remote.git");
    Restart();
  }

  ~EngineTest() override {
    unsetenv("GIT_COMMITTER_DATE");
    engine_.reset();
    std::error_code error;
    std::filesystem::remove_all(dir_, error);
  }

  Libgit2Engine::Options EngineOptions() {
    Libgit2Engine::Options options;
    options.mirrors_dir = absl::StrCat(dir_, "/mirrors");
    options.committer = {"GitSync", "gitsync@example.com"};
    options.transport = &transport_;
    options.confirm_budget = confirm_budget_;
    return options;
  }

  // A new engine on the same mirrors.
  void Restart() {
    engine_.reset();
    engine_ = std::make_unique<Libgit2Engine>(EngineOptions());
  }

  // Runs a shell command in the test's folder; returns its output without the last
  // newline. The command must succeed.
  std::string Sh(const std::string& command) const {
    FILE* pipe =
        popen(absl::StrCat("cd '", dir_, "' && { ", command, "\n} 2>&1").c_str(), "re");
    std::string output;
    char buffer[4096];
    while (size_t got = fread(buffer, 1, sizeof(buffer), pipe)) {
      output.append(buffer, got);
    }
    EXPECT_EQ(pclose(pipe), 0) << command << "\n" << output;
    absl::StripTrailingAsciiWhitespace(&output);
    return output;
  }

  std::string Git(const std::string& arguments) const {
    return Sh("git -C remote.git " + arguments);
  }

  // The folders below "apps", by what their app.json says.
  absl::StatusOr<std::shared_ptr<const FolderListing>> ListApps(
      const std::string& commit) {
    return engine_->ListFolders(
        repository_, commit, "apps", "app.json",
        [](absl::string_view content) { return std::string(content); });
  }

  // Somebody else's push: writes a file (or deletes it: content "-") on a branch.
  std::string CommitFromElsewhere(const std::string& path, const std::string& content,
                                  const std::string& branch = "main") const {
    return Sh(absl::StrCat(
        "export GIT_DIR=remote.git GIT_INDEX_FILE=$PWD/index.elsewhere\n"
        "rm -f $GIT_INDEX_FILE\n"
        "parent=$(git rev-parse -q --verify refs/heads/",
        branch,
        " || true)\n"
        "[ -z \"$parent\" ] || git read-tree $parent\n",
        content == "-"
            ? absl::StrCat("printf '0 %040d\\t%s\\n' 0 '", path,
                           "' | git update-index --index-info\n")
            : absl::StrCat("blob=$(printf %s '", content,
                           "' | git hash-object -w --stdin)\n"
                           "git update-index --add --cacheinfo 100644,$blob,'",
                           path, "'\n"),
        "commit=$(git commit-tree $(git write-tree) ${parent:+-p $parent} -m 'edit ",
        path,
        "')\n"
        "git update-ref refs/heads/",
        branch,
        " $commit\n"
        "echo $commit"));
  }

  void WriteHook(const std::string& name, const std::string& script) const {
    const std::string path = absl::StrCat(dir_, "/remote.git/hooks/", name);
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  static PushRequest Request(GitFiles files, const std::string& message = "push") {
    PushRequest request;
    request.branch = "main";
    request.folder = "apps/orders";
    request.files = std::move(files);
    request.owned = {"app.json", "definition"};
    request.message = message;
    request.author = {"Ann", "ann@example.com"};
    request.time = absl::FromUnixSeconds(1'700'000'000);
    return request;
  }

  absl::StatusOr<PushResult> Push(const PushRequest& request) {
    return PushTogether({{.request = request, .check_merge = check_merge_}}).front();
  }

  // The answers, by item; of an item without one UNKNOWN.
  std::vector<absl::StatusOr<PushResult>> PushTogether(
      const std::vector<PushItem>& items) {
    return PushTogether(items, [this](const std::vector<PushIntentInfo>& intents) {
      intents_.insert(intents_.end(), intents.begin(), intents.end());
      if (before_send_) before_send_();
      return absl::OkStatus();
    });
  }

  // Safe to call from several threads.
  std::vector<absl::StatusOr<PushResult>> PushTogether(
      const std::vector<PushItem>& items,
      std::function<absl::Status(const std::vector<PushIntentInfo>&)> record_intents) {
    std::vector<absl::StatusOr<PushResult>> results(items.size());
    std::vector<int> told(items.size());
    PushHooks hooks;
    hooks.record_intents = std::move(record_intents);
    hooks.answer = [&](std::vector<PushAnswer> answers) {
      for (PushAnswer& answer : answers) {
        EXPECT_EQ(++told[answer.item], 1);
        results[answer.item] = std::move(answer.result);
      }
    };
    engine_->StartPush(repository_, items.front().request.branch, context_)
        ->Push(items, hooks);
    return results;
  }

  std::string TipOf(const std::string& branch = "main") const {
    return Git("rev-parse refs/heads/" + branch);
  }
  int CommitsOn(const std::string& branch = "main") const {
    return std::stoi(Git("rev-list --count refs/heads/" + branch));
  }
  std::string FileAt(const std::string& path, const std::string& ref = "main") const {
    return Git(absl::StrCat("cat-file blob ", ref, ":", path));
  }
  void ExpectFsckClean() const {
    EXPECT_EQ(Git("fsck --strict --full --no-dangling --no-progress"), "");
  }

  std::string dir_;
  FaultyTransport transport_;
  Repository repository_;
  Context context_;
  std::unique_ptr<Libgit2Engine> engine_;
  // Of an engine that is started next. A quarter of it is waited for what never comes.
  absl::Duration confirm_budget_ = absl::Milliseconds(200);
  std::vector<PushIntentInfo> intents_;
  std::function<void()> before_send_;
  std::function<absl::Status(const GitFiles&)> check_merge_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_GIT_ENGINE_FIXTURE_H_
