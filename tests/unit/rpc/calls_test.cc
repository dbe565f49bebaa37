// What every call has in common: who may call, what is refused, and what comes back
// besides the answer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/support/forwarding_store.h"
#include "tests/support/slowness.h"
#include "tests/unit/rpc/rpc_harness.h"

namespace gitsync {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;
using Code = absl::StatusCode;

class CallsTest : public RpcTest {};

TEST_F(CallsTest, NoCredentialsAreRefused) {
  EXPECT_THAT(ListOrganizations({}, ""),
              StatusIs(Code::kUnauthenticated, reason::kMissingCredentials));
}

TEST_F(CallsTest, OnlyAnOrganizationsIdIsLogged) {
  const std::string id = NewUuid();
  v1::GetOrganizationRequest request;

  testing::internal::CaptureStderr();
  request.set_organization_id(id);
  EXPECT_THAT(GetOrganization(request, ""), HasCode(Code::kUnauthenticated));
  request.set_organization_id(std::string(100'000, 'x'));
  EXPECT_THAT(GetOrganization(request, ""), HasCode(Code::kUnauthenticated));
  StopServer();  // its lines are written then
  const std::string log = testing::internal::GetCapturedStderr();

  EXPECT_THAT(log, HasSubstr(id));
  EXPECT_THAT(log, Not(HasSubstr("xxxxxxxx")));
}

// A client could not read an answer with one text that is not UTF-8 in it.
TEST_F(CallsTest, WordsThatAreNoUtf8ReachTheCallerReplaced) {
  const std::string organization = AddOrganization("one");
  ConnectGit(organization);
  v1::TestGitConnectionRequest test;
  test.set_organization_id(organization);
  const auto said = HasSubstr(
      "Gr\xef\xbf\xbd\xef\xbf\xbd"
      "e");

  engine_.SetWriteRefusal(
      "Gr\xf6\xdf"
      "e");
  const auto answer = TestGitConnection(test);
  engine_.SetStatus(Error(Code::kUnavailable, reason::kRemoteUnreachable,
                          "Gr\xf6\xdf"
                          "e")
                        .With("words",
                              "Gr\xf6\xdf"
                              "e"));
  v1::FinalizeGitConfigRequest finalize;
  finalize.set_organization_id(organization);
  const auto error = FinalizeGitConfig(finalize);
  v1::GetGitConfigRequest get;
  get.set_organization_id(organization);
  const auto stored = GetGitConfig(get);

  ASSERT_OK(answer);
  EXPECT_THAT(answer->steps().rbegin()->detail(), said);
  EXPECT_THAT(error, StatusIs(Code::kUnavailable, reason::kRemoteUnreachable));
  EXPECT_THAT(std::string(error.status().message()), said);
  EXPECT_THAT(MetadataOf(error.status(), "words"), said);
  ASSERT_OK(stored);
  EXPECT_THAT(stored->last_error(), said);
}

TEST_F(CallsTest, UnknownTokenIsRefused) {
  EXPECT_THAT(ListOrganizations({}, "gst_nobody"),
              StatusIs(Code::kUnauthenticated, reason::kInvalidCredentials));
}

TEST_F(CallsTest, RevokedTokenIsRefused) {
  const std::string organization = AddOrganization("Org");
  const std::string token = AddToken(v1::ROLE_VIEWER, organization);
  ASSERT_OK(ListOrganizations({}, token));
  ASSERT_OK_AND_ASSIGN(const auto tokens, ListAccessTokens({}));
  for (const v1::AccessToken& row : tokens.access_tokens()) {
    if (row.role() != v1::ROLE_VIEWER) continue;
    v1::RevokeAccessTokenRequest revoke;
    revoke.set_access_token_id(row.id());
    ASSERT_OK(RevokeAccessToken(revoke));
  }

  EXPECT_THAT(ListOrganizations({}, token),
              StatusIs(Code::kUnauthenticated, reason::kInvalidCredentials));
}

TEST_F(CallsTest, SmallerRoleIsRefused) {
  const std::string organization = AddOrganization("Org");
  const std::string viewer = AddToken(v1::ROLE_VIEWER, organization);
  v1::CreateAppRequest request;
  request.set_organization_id(organization);
  request.set_name("Orders");

  EXPECT_THAT(CreateApp(request, viewer),
              StatusIs(Code::kPermissionDenied, reason::kRoleRequired));
}

TEST_F(CallsTest, OtherOrganizationsIdsDoNotExist) {
  const std::string ours = AddOrganization("Ours");
  const std::string theirs = AddOrganization("Theirs");
  const v1::App app = AddApp(theirs, "Orders");
  const std::string token = AddToken(v1::ROLE_ORG_ADMIN, ours);
  v1::GetOrganizationRequest get_organization;
  get_organization.set_organization_id(theirs);
  v1::GetAppRequest get_app;
  get_app.set_app_id(app.id());
  v1::ListOperationsRequest list;
  list.set_organization_id(theirs);

  EXPECT_THAT(GetOrganization(get_organization, token),
              StatusIs(Code::kNotFound, reason::kOrganizationNotFound));
  EXPECT_THAT(GetApp(get_app, token), StatusIs(Code::kNotFound, reason::kAppNotFound));
  EXPECT_THAT(PushAppVersion(PushOf(app), token),
              StatusIs(Code::kNotFound, reason::kAppNotFound));
  EXPECT_THAT(ListOperations(list, token),
              StatusIs(Code::kNotFound, reason::kOrganizationNotFound));
}

TEST_F(CallsTest, AllWrongFieldsAreListedAtOnce) {
  v1::PushAppVersionRequest request;
  request.set_app_id("no uuid");
  request.set_request_id("with space");
  request.mutable_author()->set_name("a<b");

  const auto push = PushAppVersion(request);

  EXPECT_THAT(push, StatusIs(Code::kInvalidArgument, reason::kInvalidRequest));
  EXPECT_THAT(ViolatedFields(push.status()),
              UnorderedElementsAre("request_id", "app_id", "version_id",
                                   "commit_message", "author.name", "author.email"));
}

TEST_F(CallsTest, RequestIdAndMaskAreListedWithTheOtherFields) {
  v1::UpdateOrganizationRequest request;
  request.set_organization_id("no uuid");
  request.set_request_id(std::string(129, 'x'));
  request.mutable_update_mask()->add_paths("etag");

  const auto update = UpdateOrganization(request);

  EXPECT_THAT(ViolatedFields(update.status()),
              UnorderedElementsAre("request_id", "update_mask", "organization_id"));
}

TEST_F(CallsTest, MaskDecidesWhichFieldsAreTaken) {
  const std::string organization = AddOrganization("Org");
  const v1::App app = AddApp(organization, "Orders");
  v1::UpdateAppRequest request;
  request.set_app_id(app.id());
  request.set_name("Other");
  request.set_editable(false);
  request.mutable_update_mask()->add_paths("editable");

  ASSERT_OK_AND_ASSIGN(const v1::App updated, UpdateApp(request));

  EXPECT_EQ(updated.name(), "Orders");
  EXPECT_FALSE(updated.editable());
}

TEST_F(CallsTest, StaleEtagIsRefused) {
  const v1::App app = AddApp(AddOrganization("Org"), "Orders");
  v1::UpdateAppRequest request;
  request.set_app_id(app.id());
  request.set_etag(app.etag());
  request.set_name("Second");
  ASSERT_OK(UpdateApp(request));

  request.set_name("Third");

  EXPECT_THAT(UpdateApp(request), StatusIs(Code::kAborted, reason::kEtagMismatch));
}

TEST_F(CallsTest, DefinitionComesBackAsItWasGiven) {
  const v1::App app = AddApp(AddOrganization("Org"), "Orders");
  v1::UpdateVersionRequest update;
  update.set_app_id(app.id());
  update.set_version_id(app.first_version_id());
  update.set_definition(R"({"n": 1e400, "z": -0, "d": 0.1000})");
  ASSERT_OK_AND_ASSIGN(const v1::Version updated, UpdateVersion(update));
  v1::GetVersionRequest get;
  get.set_app_id(app.id());
  get.set_version_id(app.first_version_id());

  ASSERT_OK_AND_ASSIGN(const v1::Version version, GetVersion(get));

  EXPECT_EQ(updated.definition(), "");
  EXPECT_EQ(version.definition(), update.definition());
  EXPECT_EQ(version.definition_size_bytes(),
            static_cast<int64_t>(update.definition().size()));
}

TEST_F(CallsTest, DefinitionThatIsNoObjectIsTyped) {
  v1::CreateAppRequest request;
  request.set_organization_id(AddOrganization("Org"));
  request.set_name("Orders");
  request.set_definition("[1]");

  EXPECT_THAT(CreateApp(request),
              StatusIs(Code::kInvalidArgument, reason::kInvalidDefinition));
}

TEST_F(CallsTest, PagesFollowOneAnother) {
  const std::string organization = AddOrganization("Org");
  for (const char* name : {"a", "b", "c"}) AddApp(organization, name);
  v1::ListAppsRequest request;
  request.set_organization_id(organization);
  request.set_page_size(2);
  std::vector<std::string> names;

  do {
    ASSERT_OK_AND_ASSIGN(const auto page, ListApps(request));
    for (const v1::App& app : page.apps()) names.push_back(app.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());

  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
}

TEST_F(CallsTest, PageTokenOfAnotherListingIsRefused) {
  const std::string first = AddOrganization("First");
  const std::string second = AddOrganization("Second");
  for (const char* name : {"a", "b"}) AddApp(first, name);
  v1::ListAppsRequest request;
  request.set_organization_id(first);
  request.set_page_size(1);
  ASSERT_OK_AND_ASSIGN(const auto page, ListApps(request));

  request.set_organization_id(second);
  request.set_page_token(page.next_page_token());

  EXPECT_THAT(ListApps(request),
              StatusIs(Code::kInvalidArgument, reason::kInvalidPageToken));
  request.set_page_token("made up");
  EXPECT_THAT(ListApps(request),
              StatusIs(Code::kInvalidArgument, reason::kInvalidPageToken));
}

TEST_F(CallsTest, NegativePageSizeIsRefused) {
  v1::ListOrganizationsRequest request;
  request.set_page_size(-1);

  EXPECT_THAT(ViolatedFields(ListOrganizations(request).status()),
              ElementsAre("page_size"));
}

TEST_F(CallsTest, RequestIdComesBack) {
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "my-id-1");
  v1::ListOrganizationsResponse response;
  const grpc::Status status =
      v1::OrganizationService::NewStub(channel_)->ListOrganizations(&context, {},
                                                                    &response);

  ASSERT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  const auto& trailers = context.GetServerTrailingMetadata();
  ASSERT_EQ(trailers.count("x-request-id"), 1u);
  EXPECT_EQ(trailers.find("x-request-id")->second, "my-id-1");
  google::rpc::RequestInfo info;
  const auto payload =
      FromGrpc(status).GetPayload("type.googleapis.com/google.rpc.RequestInfo");
  ASSERT_TRUE(payload.has_value());
  ASSERT_TRUE(info.ParseFromString(std::string(*payload)));
  EXPECT_EQ(info.request_id(), "my-id-1");
}

TEST_F(CallsTest, UnusableRequestIdIsReplaced) {
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "two words");
  v1::ListOrganizationsResponse response;
  v1::OrganizationService::NewStub(channel_)->ListOrganizations(&context, {},
                                                                &response);

  const auto& trailers = context.GetServerTrailingMetadata();
  ASSERT_EQ(trailers.count("x-request-id"), 1u);
  const grpc::string_ref id = trailers.find("x-request-id")->second;
  EXPECT_TRUE(IsUuid(absl::string_view(id.data(), id.size())));
}

TEST_F(CallsTest, FullServerSaysWhenToRetry) {
  StopServer();
  GrpcServer::Options options;
  options.dispatcher.gate.max_calls = 0;
  StartServer(options);

  const auto list = ListOrganizations({});

  EXPECT_THAT(list, StatusIs(Code::kResourceExhausted, reason::kServerBusy));
  EXPECT_TRUE(
      list.status().GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value());
}

// A store whose first write waits until it is let go on.
class HeldStore : public ForwardingStore {
 public:
  explicit HeldStore(std::unique_ptr<Store> store)
      : ForwardingStore(store.get()), store_(std::move(store)) {}

  absl::Status Write(absl::FunctionRef<absl::Status(Transaction&)> body) override {
    if (!writing_.HasBeenNotified()) {
      writing_.Notify();
      free_.WaitForNotification();
    }
    return ForwardingStore::Write(body);
  }
  absl::Status WriteAhead(absl::FunctionRef<absl::Status(Transaction&)> body) override {
    return Write(body);
  }

  void AwaitWrite() { writing_.WaitForNotification(); }
  void Free() { free_.Notify(); }

 private:
  const std::unique_ptr<Store> store_;
  absl::Notification writing_;
  absl::Notification free_;
};

// Calls of a server with one thread, which waits for the store.
class BusyServerTest : public RpcTest {
 protected:
  void SetUp() override {
    GrpcServer::Options options;
    options.dispatcher.threads = 1;
    options.dispatcher.queue_limit = 2;
    StartServer(options);
    first_ = std::thread([this] { EXPECT_OK(Create("first")); });
    held_->AwaitWrite();
  }

  void TearDown() override {
    Free();
    RpcTest::TearDown();
  }

  std::unique_ptr<Store> Wrap(std::unique_ptr<Store> store) override {
    auto held = std::make_unique<HeldStore>(std::move(store));
    held_ = held.get();
    return held;
  }

  // Lets the store go on, and waits for the call that waited for it.
  void Free() {
    if (!first_.joinable()) return;
    held_->Free();
    first_.join();
  }

  absl::StatusOr<v1::Organization> Create(const std::string& name) {
    v1::CreateOrganizationRequest request;
    request.set_name(name);
    return CreateOrganization(request);
  }

  // A call with little time.
  grpc::StatusCode CreateInVain(const std::string& name) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
    context.AddMetadata("authorization", absl::StrCat("Bearer ", kAdmin));
    v1::CreateOrganizationRequest request;
    request.set_name(name);
    v1::Organization response;
    return v1::OrganizationService::NewStub(channel_)
        ->CreateOrganization(&context, request, &response)
        .error_code();
  }

 private:
  HeldStore* held_ = nullptr;
  std::thread first_;
};

TEST_F(BusyServerTest, CallWhoseTimeIsUpInTheQueueDoesNothing) {
  EXPECT_EQ(CreateInVain("in vain"), grpc::StatusCode::DEADLINE_EXCEEDED);
  // The server counts the call's time from when it came, which is later.
  absl::SleepFor(absl::Seconds(1) * kSlowness);
  Free();

  auto list = ListOrganizations({});
  // Until the dead calls are out of the queue.
  while (ReasonOf(list.status()) == reason::kServerBusy) list = ListOrganizations({});

  ASSERT_OK(list);
  ASSERT_EQ(list->organizations_size(), 1);
  EXPECT_EQ(list->organizations(0).name(), "first");
}

TEST_F(BusyServerTest, CallBeyondTheQueueIsRefusedAtOnce) {
  // Some may never get there in their time.
  while (CreateInVain("in vain") == grpc::StatusCode::DEADLINE_EXCEEDED) {
  }

  const auto refused = Create("one too many");

  EXPECT_THAT(refused, StatusIs(Code::kResourceExhausted, reason::kServerBusy));
  EXPECT_TRUE(refused.status()
                  .GetPayload("type.googleapis.com/google.rpc.RetryInfo")
                  .has_value());
}

// A store whose reads wait, once that is asked for, until Free.
class StalledStore : public ForwardingStore {
 public:
  explicit StalledStore(std::unique_ptr<Store> store)
      : ForwardingStore(store.get()), store_(std::move(store)) {}

  absl::Status Read(
      absl::FunctionRef<absl::Status(const Transaction&)> body) const override {
    {
      absl::MutexLock lock(&mutex_);
      ++waiting_;
      mutex_.Await(
          absl::Condition(+[](const bool* stalled) { return !*stalled; }, &stalled_));
      --waiting_;
    }
    return ForwardingStore::Read(body);
  }

  void Stall() {
    absl::MutexLock lock(&mutex_);
    stalled_ = true;
  }
  void AwaitReads(int count) {
    absl::MutexLock lock(&mutex_);
    const auto wait = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return waiting_ >= count;
    };
    mutex_.Await(absl::Condition(&wait));
  }
  void Free() {
    absl::MutexLock lock(&mutex_);
    stalled_ = false;
  }

 private:
  const std::unique_ptr<Store> store_;
  mutable absl::Mutex mutex_;
  bool stalled_ ABSL_GUARDED_BY(mutex_) = false;
  mutable int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

class StalledReadsTest : public RpcTest {
 protected:
  std::unique_ptr<Store> Wrap(std::unique_ptr<Store> store) override {
    auto stalled = std::make_unique<StalledStore>(std::move(store));
    stalled_ = stalled.get();
    return stalled;
  }

  StalledStore* stalled_ = nullptr;
};

// Reads run on gRPC's threads, without which no connection is served.
TEST_F(StalledReadsTest, ConnectionsAreServedWhileTheDiskStalls) {
  constexpr int kReads = 5;
  v1::GetOrganizationRequest request;
  request.set_organization_id(NewUuid());
  ASSERT_THAT(GetOrganization(request), HasCode(absl::StatusCode::kNotFound));
  stalled_->Stall();
  std::vector<std::thread> readers;
  for (int i = 0; i < kReads; ++i) {
    readers.emplace_back([&] {
      EXPECT_THAT(GetOrganization(request), HasCode(absl::StatusCode::kNotFound));
    });
  }
  stalled_->AwaitReads(kReads);

  EXPECT_THAT(GetOrganization(request, ""),
              HasCode(absl::StatusCode::kUnauthenticated));

  stalled_->Free();
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace gitsync
