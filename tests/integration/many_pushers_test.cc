// A thousand callers at once on one branch, with a person's `git push` in between.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <iostream>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "tests/integration/push_load.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const int kPushers = kSanitized ? 100 : 1000;
const int kForeignPushes = kSanitized ? 5 : 50;
// The queue's limit for one organization.
constexpr int kPushersPerOrganization = 500;
constexpr absl::Duration kCallLimit = absl::Minutes(2);

// Changes an app and pushes it, again and again, without a thread: gRPC calls back.
class Pusher {
 public:
  Pusher(Api* api, AppAndVersion app, const std::atomic<bool>* stop)
      : api_(api), app_(std::move(app)), stop_(stop) {}

  void Start() { Push(); }
  void AwaitEnd() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&ended_));
  }

  // After AwaitEnd. Operations and commits that were acknowledged, in order.
  const std::vector<std::pair<std::string, std::string>>& acknowledged() const {
    return acknowledged_;
  }
  const std::vector<std::string>& failures() const { return failures_; }
  // How often others' pushes were in the way ten times in a row.
  int outrun() const { return outrun_; }

 private:
  void Push() {
    context_ = std::make_unique<grpc::ClientContext>();
    context_->set_deadline(absl::ToChronoTime(absl::Now() + kCallLimit));
    push_.set_app_id(app_.app_id);
    push_.set_version_id(app_.version_id);
    push_.set_commit_message(absl::StrCat("revision ", number_));
    api_->client().stub<v1::GitSyncService::Stub>().async()->PushAppVersion(
        context_.get(), &push_, &pushed_,
        [this](const grpc::Status& status) { Pushed(status); });
  }

  void Pushed(const grpc::Status& status) {
    if (status.ok()) {
      acknowledged_.emplace_back(pushed_.operation().id(), pushed_.commit_id());
    } else if (status.error_code() == grpc::StatusCode::ABORTED) {
      ++outrun_;
    } else {
      failures_.push_back(
          absl::StrCat(status.error_code(), " ", status.error_message()));
    }
    if (*stop_ || !failures_.empty()) return End();
    context_ = std::make_unique<grpc::ClientContext>();
    context_->set_deadline(absl::ToChronoTime(absl::Now() + kCallLimit));
    change_.set_app_id(app_.app_id);
    change_.set_version_id(app_.version_id);
    change_.set_definition(absl::StrCat("{\"revision\":", ++number_, "}"));
    api_->client().stub<v1::AppService::Stub>().async()->UpdateVersion(
        context_.get(), &change_, &changed_, [this](const grpc::Status& changed) {
          if (changed.ok()) return Push();
          failures_.push_back(changed.error_message());
          End();
        });
  }

  void End() {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }

  Api* const api_;
  const AppAndVersion app_;
  const std::atomic<bool>* const stop_;
  int number_ = 0;
  std::unique_ptr<grpc::ClientContext> context_;
  v1::PushAppVersionRequest push_;
  v1::PushAppVersionResponse pushed_;
  v1::UpdateVersionRequest change_;
  v1::Version changed_;
  std::vector<std::pair<std::string, std::string>> acknowledged_;
  std::vector<std::string> failures_;
  int outrun_ = 0;
  absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

// A person with a clone, who commits to a file of his own.
class Person {
 public:
  explicit Person(const std::string& url) {
    EXPECT_EQ(Git({"clone", "-q", url, clone_}).status, 0);
  }

  // Commits and pushes, as often as it takes; what others pushed meanwhile is fetched
  // and built on. Returns how often that was.
  int CommitAndPush(int number) {
    WriteTestFile(clone_ + "/NOTES.md", absl::StrCat("note ", number, "\n"));
    EXPECT_EQ(Here({"add", "NOTES.md"}).status, 0);
    EXPECT_EQ(Here({"commit", "-q", "-m", Subject(number)}).status, 0);
    int tries = 1;
    while (Here({"push", "-q", "origin", "HEAD:master"}).status != 0) {
      const CommandResult pulled = Here({"pull", "-q", "--rebase", "origin", "master"});
      EXPECT_EQ(pulled.status, 0) << pulled.output;
      if (pulled.status != 0) break;
      ++tries;
    }
    return tries;
  }

  static std::string Subject(int number) { return absl::StrCat("note ", number); }

 private:
  static CommandResult Git(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"git"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return RunCommand(
        command,
        {"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
         "GIT_AUTHOR_NAME=Person", "GIT_AUTHOR_EMAIL=person@example.com",
         "GIT_COMMITTER_NAME=Person", "GIT_COMMITTER_EMAIL=person@example.com"});
  }
  CommandResult Here(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"-C", clone_});
    return Git(arguments);
  }

  const TempDir dir_;
  const std::string clone_ = dir_ / "clone";
};

TEST(ManyPushersTest, AcknowledgedAndForeignCommitsAreInALinearHistory) {
  Installation gitsync;
  TestRemote& remote = gitsync.remote();
  remote.CommitFromElsewhere("README.md", "hello\n", "Start");
  std::vector<std::unique_ptr<Api>> apis;  // a connection each
  std::deque<Pusher> pushers;
  std::atomic<bool> stop = false;
  for (int i = 0; i < kPushers; ++i) {
    const int organization = i / kPushersPerOrganization;
    const AppAndVersion app =
        gitsync.api().CreateApp(organization == 0 ? gitsync.dev() : gitsync.staging(),
                                absl::StrCat("App ", i), "{\"revision\":0}");
    if (i % 100 == 0) {
      apis.push_back(std::make_unique<Api>(gitsync.server().endpoint(),
                                           gitsync.server().AdminToken()));
    }
    pushers.emplace_back(apis.back().get(), app, &stop);
  }
  ASSERT_FALSE(HasFailure());
  Person person(remote.FileUrl());
  const absl::Time start = absl::Now();

  for (Pusher& pusher : pushers) pusher.Start();
  int tries = 0;
  for (int i = 0; i < kForeignPushes; ++i) tries += person.CommitAndPush(i);
  stop = true;
  for (Pusher& pusher : pushers) pusher.AwaitEnd();

  const absl::Duration took = absl::Now() - start;
  const auto commits = CommitsByOperation(remote);
  size_t acknowledged = 0;
  int outrun = 0;
  for (const Pusher& pusher : pushers) {
    EXPECT_THAT(pusher.failures(), IsEmpty());
    outrun += pusher.outrun();
    for (const auto& [operation_id, commit_id] : pusher.acknowledged()) {
      ++acknowledged;
      const auto made = commits.find(operation_id);
      ASSERT_NE(made, commits.end()) << operation_id;
      EXPECT_EQ(made->second, std::vector<std::string>({commit_id})) << operation_id;
    }
  }
  EXPECT_EQ(commits.size(), acknowledged);
  EXPECT_GE(acknowledged + outrun, kPushers);
  const std::vector<std::string> log = remote.Log();
  EXPECT_THAT(log, SizeIs(acknowledged + kForeignPushes + 1));
  for (int i = 0; i < kForeignPushes; ++i) {
    EXPECT_EQ(std::count(log.begin(), log.end(), Person::Subject(i)), 1) << i;
  }
  // The person's came in between.
  EXPECT_NE(log.front(), Person::Subject(kForeignPushes - 1));
  EXPECT_EQ(remote.Git({"rev-list", "--min-parents=2", "master"}), "");
  EXPECT_EQ(remote.File("master", "NOTES.md"),
            absl::StrCat("note ", kForeignPushes - 1, "\n"));
  EXPECT_TRUE(remote.FsckClean());
  std::cout << kPushers << " callers, " << acknowledged << " pushes acknowledged, "
            << outrun << " outrun, " << kForeignPushes << " foreign pushes in " << tries
            << " tries, " << took << std::endl;
}

}  // namespace
}  // namespace gitsync
