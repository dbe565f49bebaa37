// Releases, git configurations, access tokens and requests.

#include "tests/unit/storage/store_contract.h"

namespace gitsync {
namespace {

using testing::ElementsAre;

class ReleaseStoreTest : public StoreContractTest {
 protected:
  void SetUp() override {
    StoreContractTest::SetUp();
    AddApp("a");
    hash_ = AddVersion("v", "a", "{}");
  }
  absl::Status Put(const ReleaseRow& row) {
    return Write([&](Transaction& t) { return t.releases().Put(row); });
  }
  absl::StatusOr<ReleaseRow> Get(const std::string& environment) {
    return Read(
        [&](const Transaction& t) { return t.releases().Get("a", environment); });
  }

  std::string hash_;
};

TEST_P(ReleaseStoreTest, PutRowComesBackWhole) {
  const ReleaseRow row = MakeRelease("a", "production", "v", hash_);

  ASSERT_OK(Put(row));

  ASSERT_OK_AND_ASSIGN(const ReleaseRow found, Get("production"));
  EXPECT_EQ(Fields(found), Fields(row));
  EXPECT_THAT(Get("staging"), StatusIs(absl::StatusCode::kNotFound, ""));
}

TEST_P(ReleaseStoreTest, PutWritesOverTheEnvironmentsRelease) {
  ASSERT_OK(Put(MakeRelease("a", "production", "v", hash_)));
  ReleaseRow row = MakeRelease("a", "production", "w", AddVersion("w", "a", "[]"));
  row.operation_id = "another";
  row.release_time = At(50);

  ASSERT_OK(Put(row));

  ASSERT_OK_AND_ASSIGN(const ReleaseRow found, Get("production"));
  EXPECT_EQ(Fields(found), Fields(row));
}

TEST_P(ReleaseStoreTest, UnknownAppVersionOrDefinitionIsNotFound) {
  const auto not_found = StatusIs(absl::StatusCode::kNotFound, "");

  EXPECT_THAT(Put(MakeRelease("b", "production", "v", hash_)), not_found);
  EXPECT_THAT(Put(MakeRelease("a", "production", "w", hash_)), not_found);
  EXPECT_THAT(Put(MakeRelease("a", "production", "v", "no")), not_found);
}

TEST_P(ReleaseStoreTest, ListIsByEnvironment) {
  ASSERT_OK(Put(MakeRelease("a", "staging", "v", hash_)));
  ASSERT_OK(Put(MakeRelease("a", "production", "v", hash_)));
  AddApp("b");

  ASSERT_OK_AND_ASSIGN(const auto rows, Read([](const Transaction& t) {
                         return t.releases().List("a");
                       }));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].environment, "production");
  EXPECT_EQ(rows[1].environment, "staging");
  ASSERT_OK_AND_ASSIGN(const auto none, Read([](const Transaction& t) {
                         return t.releases().List("b");
                       }));
  EXPECT_TRUE(none.empty());
}

TEST_P(ReleaseStoreTest, EnvironmentIsInUseInTheOrganizationThatReleasedThere) {
  ASSERT_OK(Put(MakeRelease("a", "production", "v", hash_)));
  const auto in_use = [this](const char* organization, const char* environment) {
    return Read([=](const Transaction& t) {
             return t.releases().EnvironmentInUse(organization, environment);
           })
        .value();
  };

  EXPECT_TRUE(in_use("o", "production"));
  EXPECT_FALSE(in_use("o", "staging"));
  EXPECT_FALSE(in_use("p", "production"));
}

class GitConfigStoreTest : public StoreContractTest {};

TEST_P(GitConfigStoreTest, PutRowComesBackWholeAndIsWrittenOver) {
  AddOrganization("o");
  const GitConfigRow row = MakeGitConfig("o");
  GitConfigRow bare;
  bare.organization_id = "o";
  bare.create_time = At(60);
  bare.update_time = At(61);

  for (const GitConfigRow& put : {row, bare}) {
    ASSERT_OK(Write([&](Transaction& t) { return t.git_configs().Put(put); }));
    ASSERT_OK_AND_ASSIGN(const GitConfigRow found, Read([](const Transaction& t) {
                           return t.git_configs().Get("o");
                         }));
    EXPECT_EQ(Fields(found), Fields(put));
  }
}

TEST_P(GitConfigStoreTest, ListManagedHasThoseThatAreManagedOnly) {
  for (const char* organization : {"a", "b", "c"}) {
    AddOrganization(organization);
    GitConfigRow row = MakeGitConfig(organization);
    row.managed = std::string(organization) != "b";
    ASSERT_OK(Write([&](Transaction& t) { return t.git_configs().Put(row); }));
  }

  ASSERT_OK_AND_ASSIGN(const auto rows, Read([](const Transaction& t) {
                         return t.git_configs().ListManaged();
                       }));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(Fields(rows[0]), Fields(MakeGitConfig("a")));
  EXPECT_EQ(rows[1].organization_id, "c");
}

TEST_P(GitConfigStoreTest, ListSealHeadersHasTheBeginningOfEachSecret) {
  for (const char* organization : {"a", "b", "c"}) {
    AddOrganization(organization);
    GitConfigRow row = MakeGitConfig(organization);
    if (std::string(organization) == "b") row.sealed_secret = "cut";
    ASSERT_OK(Write([&](Transaction& t) { return t.git_configs().Put(row); }));
  }

  ASSERT_OK_AND_ASSIGN(
      const std::vector<std::string> headers,
      Read([](const Transaction& t) { return t.git_configs().ListSealHeaders(8); }));

  const std::string whole("sealed\0s", 8);
  EXPECT_THAT(headers, testing::UnorderedElementsAre(whole, "cut", whole));
}

TEST_P(GitConfigStoreTest, UnknownOrganizationIsNotFound) {
  const auto not_found = StatusIs(absl::StatusCode::kNotFound, "");

  EXPECT_THAT(Read([](const Transaction& t) { return t.git_configs().Get("o"); }),
              not_found);
  EXPECT_THAT(
      Write([](Transaction& t) { return t.git_configs().Put(MakeGitConfig("o")); }),
      not_found);
  EXPECT_THAT(Write([](Transaction& t) { return t.git_configs().Delete("o"); }),
              not_found);
}

TEST_P(GitConfigStoreTest, DeletedIsNotFound) {
  AddOrganization("o");
  ASSERT_OK(
      Write([](Transaction& t) { return t.git_configs().Put(MakeGitConfig("o")); }));

  ASSERT_OK(Write([](Transaction& t) { return t.git_configs().Delete("o"); }));

  EXPECT_THAT(Read([](const Transaction& t) { return t.git_configs().Get("o"); }),
              HasCode(absl::StatusCode::kNotFound));
}

class AccessTokenStoreTest : public StoreContractTest {
 protected:
  absl::Status Insert(const AccessTokenRow& row) {
    return Write([&](Transaction& t) { return t.access_tokens().Insert(row); });
  }
  absl::StatusOr<AccessTokenRow> Get(const std::string& id) {
    return Read([&](const Transaction& t) { return t.access_tokens().Get(id); });
  }
};

TEST_P(AccessTokenStoreTest, InsertedRowComesBackWholeByIdAndHash) {
  AddOrganization("o");
  AccessTokenRow row = MakeToken("a", Role::kOrgAdmin, "o");
  row.expire_time = At(70);
  row.revoke_time = At(71);

  ASSERT_OK(Insert(row));

  ASSERT_OK_AND_ASSIGN(const AccessTokenRow by_id, Get("a"));
  EXPECT_EQ(Fields(by_id), Fields(row));
  ASSERT_OK_AND_ASSIGN(const AccessTokenRow by_hash, Read([&](const Transaction& t) {
                         return t.access_tokens().GetByHash(row.hash);
                       }));
  EXPECT_EQ(Fields(by_hash), Fields(row));
}

TEST_P(AccessTokenStoreTest, UnknownAndTakenOnesAreTold) {
  const auto not_found = StatusIs(absl::StatusCode::kNotFound, "");
  const auto exists = StatusIs(absl::StatusCode::kAlreadyExists, "");
  AccessTokenRow same_hash = MakeToken("b", Role::kAdmin, "");
  same_hash.hash = MakeToken("a", Role::kAdmin, "").hash;
  ASSERT_OK(Insert(MakeToken("a", Role::kAdmin, "")));

  EXPECT_THAT(Insert(MakeToken("a", Role::kAdmin, "")), exists);
  EXPECT_THAT(Insert(same_hash), exists);
  EXPECT_THAT(Insert(MakeToken("c", Role::kViewer, "nowhere")), not_found);
  EXPECT_THAT(Get("c"), not_found);
  EXPECT_THAT(
      Read([](const Transaction& t) { return t.access_tokens().GetByHash("c"); }),
      not_found);
  EXPECT_THAT(
      Write([](Transaction& t) { return t.access_tokens().Revoke("c", At(1)); }),
      not_found);
}

TEST_P(AccessTokenStoreTest, RevokeKeepsTheFirstTime) {
  ASSERT_OK(Insert(MakeToken("a", Role::kAdmin, "")));

  for (const int64_t time : {80, 81}) {
    ASSERT_OK(
        Write([&](Transaction& t) { return t.access_tokens().Revoke("a", At(time)); }));
  }

  EXPECT_EQ(Get("a")->revoke_time, At(80));
}

TEST_P(AccessTokenStoreTest, PagesHaveAllOrAnOrganizations) {
  AddOrganization("o");
  ASSERT_OK(Insert(MakeToken("a", Role::kAdmin, "")));
  ASSERT_OK(Insert(MakeToken("b", Role::kViewer, "o")));
  ASSERT_OK(Insert(MakeToken("c", Role::kEditor, "o")));

  EXPECT_THAT(Pages(*store_, 2,
                    [](const Transaction& t, PageRequest page) {
                      return t.access_tokens().List("", page);
                    }),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c")));
  EXPECT_THAT(Pages(*store_, 1,
                    [](const Transaction& t, PageRequest page) {
                      return t.access_tokens().List("o", page);
                    }),
              ElementsAre(ElementsAre("b"), ElementsAre("c")));
}

TEST_P(AccessTokenStoreTest, AdminsAreCountedUntilRevokedOrExpired) {
  AddOrganization("o");
  AccessTokenRow expires = MakeToken("b", Role::kAdmin, "");
  expires.expire_time = At(100);
  ASSERT_OK(Insert(MakeToken("a", Role::kAdmin, "")));
  ASSERT_OK(Insert(expires));
  ASSERT_OK(Insert(MakeToken("c", Role::kAdmin, "")));
  ASSERT_OK(Insert(MakeToken("d", Role::kOrgAdmin, "o")));
  ASSERT_OK(Write([](Transaction& t) { return t.access_tokens().Revoke("c", At(1)); }));
  const auto count = [this](int64_t now) {
    return Read([=](const Transaction& t) {
             return t.access_tokens().CountAdmins(At(now));
           })
        .value();
  };

  EXPECT_EQ(count(99), 2);
  EXPECT_EQ(count(100), 1);
}

class RequestStoreTest : public StoreContractTest {
 protected:
  void SetUp() override {
    StoreContractTest::SetUp();
    AddOrganization("o");
    ASSERT_OK(Write([](Transaction& t) {
      return t.operations().Insert(MakeOperation("operation", "o", "a"));
    }));
  }
  absl::Status Insert(const RequestRow& row) {
    return Write([&](Transaction& t) { return t.requests().Insert(row); });
  }
  absl::StatusOr<RequestRow> Get(const std::string& key) {
    return Read([&](const Transaction& t) { return t.requests().Get(key); });
  }
};

TEST_P(RequestStoreTest, InsertedRowComesBackWhole) {
  for (const RequestRow& row : {MakeRequest("a", "operation"), MakeRequest("b", "")}) {
    ASSERT_OK(Insert(row));

    ASSERT_OK_AND_ASSIGN(const RequestRow found, Get(row.key));
    EXPECT_EQ(Fields(found), Fields(row));
  }
}

TEST_P(RequestStoreTest, UnknownAndTakenOnesAreTold) {
  ASSERT_OK(Insert(MakeRequest("a", "")));

  EXPECT_THAT(Insert(MakeRequest("a", "")),
              StatusIs(absl::StatusCode::kAlreadyExists, ""));
  EXPECT_THAT(Insert(MakeRequest("b", "nothing")),
              StatusIs(absl::StatusCode::kNotFound, ""));
  EXPECT_THAT(Get("b"), StatusIs(absl::StatusCode::kNotFound, ""));
}

TEST_P(RequestStoreTest, DeleteByOperationTakesItsRequestAlone) {
  ASSERT_OK(Insert(MakeRequest("a", "operation")));
  ASSERT_OK(Insert(MakeRequest("b", "")));

  for (const char* id : {"operation", "nothing"}) {
    ASSERT_OK(
        Write([&](Transaction& t) { return t.requests().DeleteByOperation(id); }));
  }

  EXPECT_THAT(Get("a"), HasCode(absl::StatusCode::kNotFound));
  EXPECT_OK(Get("b"));
}

TEST_P(RequestStoreTest, OlderOnesAreDeletedUpToTheLimit) {
  for (int i = 0; i < 4; ++i) {
    RequestRow row = MakeRequest(std::to_string(i), "");
    row.create_time = At(i);
    ASSERT_OK(Insert(row));
  }
  const auto remove = [this](int64_t time, int limit) {
    int removed = -1;
    EXPECT_OK(Write([&](Transaction& t) {
      removed = t.requests().DeleteOlderThan(At(time), limit).value();
      return absl::OkStatus();
    }));
    return removed;
  };

  EXPECT_EQ(remove(3, 2), 2);
  EXPECT_EQ(remove(3, 2), 1);
  EXPECT_EQ(remove(3, 2), 0);
  EXPECT_OK(Get("3"));
}

INSTANTIATE_STORE_CONTRACT(ReleaseStoreTest);
INSTANTIATE_STORE_CONTRACT(GitConfigStoreTest);
INSTANTIATE_STORE_CONTRACT(AccessTokenStoreTest);
INSTANTIATE_STORE_CONTRACT(RequestStoreTest);

}  // namespace
}  // namespace gitsync
