// What bad requests get: a code, a reason, and nothing changed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/integration/installation.h"
#include "tests/support/slowness.h"

namespace gitsync {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kUnknownId[] = "01234567-89ab-4cde-8f01-23456789abcd";

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : client::ErrorOf(status).field_violations) {
    fields.push_back(violation.field);
  }
  return fields;
}

std::string Levels(int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += R"({"a":)";
  text += "1";
  text.append(levels, '}');
  return text;
}

TEST(BadUrlTest, RefusedFormsAreNamedAndNothingIsConfigured) {
  const GitsyncdProcess server;
  Api api(server.endpoint(), server.AdminToken());
  const std::string organization_id = api.CreateOrganization("dev");

  for (const char* url :
       {"", "-oProxyCommand=touch /tmp/x", "ssh://-oProxyCommand=x/y", "file:///etc",
        "ext::sh -c id", "git://example.com/x.git", "http://example.com/x.git",
        "ssh://git@example.com/x'y.git", "ssh://git@example.com/x\ny.git",
        "ssh://git:secret@example.com/x.git", "ssh://git@example.com:99999/x.git",
        "ssh://git@example.com", "/tmp/repo.git", "git@example.com:--upload-pack=x",
        "ssh://git@example.com/../../x.git", "ssh://git@ex\xc3\xa4mple.com/x.git",
        "$(id)@example.com:x.git"}) {
    const auto configured = api.ConfigureSsh(organization_id, url);
    EXPECT_THAT(configured, StatusIs(StatusCode::kInvalidArgument, "INVALID_GIT_URL"))
        << url;
    EXPECT_THAT(Fields(configured.status()), ElementsAre("git_url")) << url;
    EXPECT_THAT(std::string(configured.status().message()), Not(HasSubstr("secret")));
  }

  EXPECT_THAT(api.GetGitConfig(organization_id),
              StatusIs(StatusCode::kNotFound, "GIT_NOT_CONFIGURED"));
}

TEST(BadUrlTest, PrivateAddressesAreRefusedUnlessAllowed) {
  const GitsyncdProcess server({.allow_private_remotes = false});
  Api api(server.endpoint(), server.AdminToken());
  const std::string organization_id = api.CreateOrganization("dev");

  for (const char* host :
       {"127.0.0.1", "localhost", "10.1.2.3", "192.168.0.1", "169.254.169.254", "[::1]",
        "[fe80::1]", "[::ffff:10.0.0.1]", "0.0.0.0"}) {
    ASSERT_OK(
        api.ConfigureSsh(organization_id, absl::StrCat("ssh://git@", host, "/x.git")));
    EXPECT_THAT(api.Finalize(organization_id),
                StatusIs(StatusCode::kPermissionDenied, "REMOTE_ADDRESS_REFUSED"))
        << host;
  }

  ASSERT_OK_AND_ASSIGN(const auto config, api.GetGitConfig(organization_id));
  EXPECT_EQ(config.state(), v1::GIT_CONFIG_STATE_PENDING);
}

using BadRequestTest = TransportTest;
GITSYNC_OVER_EACH_TRANSPORT(BadRequestTest);

TEST_P(BadRequestTest, WhatIsUnknownOrMissingIsNamed) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK(api.Push(app, "First"));
  const std::string head = gitsync.remote().Head();
  const auto push = [&](auto change) { return api.Push(app, "x", change); };

  EXPECT_THAT(push([](auto& r) { r.set_app_id(kUnknownId); }),
              StatusIs(StatusCode::kNotFound, "APP_NOT_FOUND"));
  EXPECT_THAT(push([](auto& r) { r.set_version_id(kUnknownId); }),
              StatusIs(StatusCode::kNotFound, "VERSION_NOT_FOUND"));
  EXPECT_THAT(api.Import(gitsync.staging(), app.git_app_id, "no-such-branch"),
              StatusIs(StatusCode::kNotFound, "GIT_REF_NOT_FOUND"));
  EXPECT_THAT(api.Import(gitsync.staging(), app.git_app_id, "refs/tags/v9"),
              StatusIs(StatusCode::kNotFound, "GIT_REF_NOT_FOUND"));
  EXPECT_THAT(api.Import(gitsync.staging(), app.git_app_id, std::string(40, 'a')),
              StatusIs(StatusCode::kNotFound, "GIT_REF_NOT_FOUND"));
  EXPECT_THAT(api.Import(gitsync.staging(), kUnknownId),
              StatusIs(StatusCode::kNotFound, "GIT_APP_NOT_FOUND"));
  EXPECT_THAT(api.Import(kUnknownId, app.git_app_id),
              StatusIs(StatusCode::kNotFound, "ORGANIZATION_NOT_FOUND"));
  EXPECT_THAT(api.Promote(app.app_id, "nowhere"),
              StatusIs(StatusCode::kNotFound, "ENVIRONMENT_NOT_FOUND"));
  EXPECT_THAT(api.ListGitApps(gitsync.dev(), "nope"),
              StatusIs(StatusCode::kNotFound, "GIT_REF_NOT_FOUND"));

  // Everything that is wrong, at once.
  const auto wrong = push([](auto& r) {
    r.set_app_id("shop");
    r.set_version_id("");
    r.set_commit_message(" \n\t");
    r.mutable_author()->set_name("Eve <eve>");
    r.mutable_author()->set_email("nobody");
    r.set_branch("a..b");
    r.set_request_id("with space");
  });
  EXPECT_THAT(wrong, StatusIs(StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  EXPECT_THAT(Fields(wrong.status()),
              testing::UnorderedElementsAre("app_id", "version_id", "commit_message",
                                            "author.name", "author.email", "branch",
                                            "request_id"));
  EXPECT_THAT(push([](auto& r) { r.set_commit_message(""); }),
              StatusIs(StatusCode::kInvalidArgument, "INVALID_REQUEST"));
  EXPECT_THAT(push([](auto& r) { r.set_branch("refs/heads/master"); }),
              StatusIs(StatusCode::kInvalidArgument, "INVALID_REQUEST"));

  EXPECT_EQ(gitsync.remote().Head(), head);
  EXPECT_EQ(gitsync.remote().Git({"for-each-ref", "--format=%(refname)"}),
            "refs/heads/master");
  ASSERT_OK_AND_ASSIGN(const auto apps, api.ListApps(gitsync.staging()));
  EXPECT_THAT(apps.apps(), IsEmpty());
}

TEST_P(BadRequestTest, TagsAndCommitsAreVersionsToImport) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK_AND_ASSIGN(const auto first, api.Push(app, "First"));
  gitsync.remote().Git({"tag", "v1.0", first.commit_id()});
  ASSERT_OK(api.UpdateDefinition(app, R"({"changed":true})"));
  ASSERT_OK(api.Push(app, "Second"));

  ASSERT_OK_AND_ASSIGN(const auto by_tag,
                       api.Import(gitsync.staging(), app.git_app_id, "v1.0"));
  const auto twice = api.Import(gitsync.staging(), app.git_app_id, "master");
  ASSERT_OK_AND_ASSIGN(const auto version,
                       api.GetVersion({by_tag.app().id(), by_tag.version().id(), ""}));

  EXPECT_EQ(by_tag.commit_id(), first.commit_id());
  EXPECT_THAT(version.definition(), HasSubstr("Home"));
  EXPECT_THAT(twice, StatusIs(StatusCode::kAlreadyExists, "GIT_APP_EXISTS"));
}

TEST_P(BadRequestTest, NameClashNeedsAnotherName) {
  Installation gitsync({.transport = GetParam()});
  Api& api = gitsync.api();
  const AppAndVersion app = api.CreateApp(gitsync.dev(), "Shop", kDefinition);
  ASSERT_OK(api.Push(app, "First"));
  api.CreateApp(gitsync.staging(), "Shop", kDefinition);

  const auto clash = api.Import(gitsync.staging(), app.git_app_id);
  ASSERT_OK_AND_ASSIGN(const auto renamed, api.Import(gitsync.staging(), app.git_app_id,
                                                      "master", "Shop of dev"));

  EXPECT_THAT(clash, StatusIs(StatusCode::kAlreadyExists, "APP_NAME_TAKEN"));
  EXPECT_EQ(renamed.app().name(), "Shop of dev");
  EXPECT_THAT(api.TryCreateApp(gitsync.staging(), "Shop", kDefinition),
              StatusIs(StatusCode::kAlreadyExists, "APP_NAME_TAKEN"));
}

TEST(BadDefinitionTest, FaultIsNamedWithItsPlaceAndNothingIsMade) {
  const GitsyncdProcess server;
  Api api(server.endpoint(), server.AdminToken());
  const std::string dev = api.CreateOrganization("dev");
  const struct {
    std::string definition;
    const char* words;
  } kCases[] = {
      {"[]", "object"},
      {"\"text\"", "object"},
      {"nonsense", "line 1"},
      {"{\"a\":1,}", "column"},
      {"{\"a\":1}\n{\"b\":2}", "line 2"},
      {"{\n\"a\":1,\n\"a\":2}", "line 3"},
      {"{\"a\":1,\"\\u0061\":2}", "line 1"},
      {Levels(101), "100"},
      {"{\"a\":01}", "column"},
      {"{\"a\":NaN}", "column"},
      {"{\"a\":\"\\ud800\"}", "column"},
      {"{\"a\":\"tab\there\"}", "column"},
      {" ", "line 1"},
  };

  for (const auto& bad : kCases) {
    const auto made = api.TryCreateApp(dev, "Shop", bad.definition);
    EXPECT_THAT(made, StatusIs(StatusCode::kInvalidArgument, "INVALID_DEFINITION"))
        << bad.definition;
    EXPECT_THAT(std::string(made.status().message()), HasSubstr(bad.words))
        << bad.definition;
  }
  if (kSlowness == 1) {
    const auto large = api.TryCreateApp(
        dev, "Shop", absl::StrCat("{\"a\":\"", std::string(32 << 20, 'x'), "\"}"));
    EXPECT_THAT(large, StatusIs(StatusCode::kInvalidArgument, "INVALID_DEFINITION"));
  }
  EXPECT_OK(api.TryCreateApp(dev, "Deep", Levels(100)));

  ASSERT_OK_AND_ASSIGN(const auto apps, api.ListApps(dev));
  EXPECT_THAT(apps.apps(), SizeIs(1));
}

// protobuf itself refuses such a message before a handler sees it.
TEST(BadDefinitionTest, InvalidUtf8IsAClearError) {
  const GitsyncdProcess server;
  Api api(server.endpoint(), server.AdminToken());
  const std::string dev = api.CreateOrganization("dev");

  const auto made = api.TryCreateApp(dev, "Shop", "{\"a\":\"\xff\"}");

  EXPECT_EQ(made.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(made.status()), "INVALID_REQUEST");
  EXPECT_THAT(std::string(made.status().message()), HasSubstr("UTF-8"));
  ASSERT_OK_AND_ASSIGN(const auto apps, api.ListApps(dev));
  EXPECT_THAT(apps.apps(), IsEmpty());
}

TEST(StaleEtagTest, SecondOfTwoUpdatesFromOneStateFails) {
  const GitsyncdProcess server;
  Api api(server.endpoint(), server.AdminToken());
  const AppAndVersion app =
      api.CreateApp(api.CreateOrganization("dev"), "Shop", kDefinition);
  ASSERT_OK_AND_ASSIGN(const auto seen, api.GetVersion(app));

  EXPECT_OK(api.UpdateDefinition(app, R"({"by":"one"})", seen.etag()));
  const auto stale = api.UpdateDefinition(app, R"({"by":"two"})", seen.etag());

  EXPECT_THAT(stale, StatusIs(StatusCode::kAborted, "ETAG_MISMATCH"));
  ASSERT_OK_AND_ASSIGN(const auto now, api.GetVersion(app));
  EXPECT_EQ(now.definition(), R"({"by":"one"})");
}

}  // namespace
}  // namespace gitsync
