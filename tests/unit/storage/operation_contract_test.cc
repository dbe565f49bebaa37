#include "tests/unit/storage/store_contract.h"

namespace gitsync {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OperationStoreTest : public StoreContractTest {
 protected:
  void SetUp() override {
    StoreContractTest::SetUp();
    AddOrganization("o");
  }
  absl::StatusOr<OperationRow> Get(const std::string& id) {
    return Read([&](const Transaction& t) { return t.operations().Get(id); });
  }
  absl::Status Insert(const OperationRow& row) {
    return Write([&](Transaction& t) { return t.operations().Insert(row); });
  }
  void Add(const std::string& id, const std::string& app_id, OperationState state) {
    OperationRow row = MakeOperation(id, "o", app_id);
    row.state = state;
    ASSERT_OK(Insert(row));
  }
  std::vector<std::string> Running(const std::string& app_id) {
    auto rows =
        Read([&](const Transaction& t) { return t.operations().ListRunning(app_id); });
    EXPECT_OK(rows);
    std::vector<std::string> ids;
    for (const OperationRow& row : *rows) ids.push_back(row.id);
    return ids;
  }
};

TEST_P(OperationStoreTest, InsertedRowComesBackWhole) {
  const OperationRow row = MakeOperation("a", "o", "app");
  OperationRow bare;
  bare.id = "b";
  bare.organization_id = "o";
  bare.create_time = At(1);

  ASSERT_OK(Insert(row));
  ASSERT_OK(Insert(bare));

  ASSERT_OK_AND_ASSIGN(const OperationRow found, Get("a"));
  EXPECT_EQ(Fields(found), Fields(row));
  ASSERT_OK_AND_ASSIGN(const OperationRow found_bare, Get("b"));
  EXPECT_EQ(Fields(found_bare), Fields(bare));
}

// Names of files and people in git may be any bytes.
TEST_P(OperationStoreTest, TextThatIsNoUtf8IsStoredReplaced) {
  const std::string invalid = "gr\xf6\xdf.json";
  const std::string valid = "gr\xef\xbf\xbd\xef\xbf\xbd.json";
  OperationRow row = MakeOperation("a", "o", "app");
  row.ref = row.error_message = row.push->folder = invalid;
  row.files = {invalid, "plain", invalid};

  ASSERT_OK(Insert(row));

  ASSERT_OK_AND_ASSIGN(const OperationRow found, Get("a"));
  row.ref = row.error_message = row.push->folder = valid;
  row.files = {valid, "plain", valid};
  EXPECT_EQ(Fields(found), Fields(row));
}

TEST_P(OperationStoreTest, PageEndsBeforeItIsTooLarge) {
  constexpr int kRows = 30;
  for (int i = 0; i < kRows; ++i) {
    OperationRow row =
        MakeOperation(std::string(1, static_cast<char>('A' + i)), "o", "x");
    row.error_message = std::string(kMaxPageBytes / 10, 'x');
    ASSERT_OK(Insert(row));
  }
  PageRequest request{.after = 0, .limit = 1000};
  size_t seen = 0;
  int pages = 0;
  do {
    const auto page = Read(
        [&](const Transaction& t) { return t.operations().List("o", "", request); });
    ASSERT_OK(page);
    ASSERT_FALSE(page->rows.empty());
    EXPECT_LE(page->rows.size(), 10u);
    seen += page->rows.size();
    request.after = page->next;
    ++pages;
  } while (request.after != 0);
  EXPECT_EQ(seen, kRows);
  EXPECT_EQ(pages, 3);
}

TEST_P(OperationStoreTest, UnknownAndTakenIdsAndUnknownOrganizationAreTold) {
  EXPECT_THAT(Get("a"), StatusIs(absl::StatusCode::kNotFound, ""));
  EXPECT_THAT(Write([](Transaction& t) {
                return t.operations().Update(MakeOperation("a", "o", "app"));
              }),
              StatusIs(absl::StatusCode::kNotFound, ""));
  EXPECT_THAT(Insert(MakeOperation("a", "p", "app")),
              StatusIs(absl::StatusCode::kNotFound, ""));
  ASSERT_OK(Insert(MakeOperation("a", "o", "app")));
  EXPECT_THAT(Insert(MakeOperation("a", "o", "app")),
              StatusIs(absl::StatusCode::kAlreadyExists, ""));
}

TEST_P(OperationStoreTest, UpdateWritesAllButIdOrganizationAndCreateTime) {
  ASSERT_OK(Insert(MakeOperation("a", "o", "app")));
  OperationRow changed;
  changed.id = "a";
  changed.organization_id = "nowhere";
  changed.app_id = "another";
  changed.version_id = "w";
  changed.type = OperationType::kPull;
  changed.state = OperationState::kFailed;
  changed.phase = OperationPhase::kDone;
  changed.create_time = At(100);

  ASSERT_OK(Write([&](Transaction& t) { return t.operations().Update(changed); }));

  ASSERT_OK_AND_ASSIGN(const OperationRow found, Get("a"));
  changed.organization_id = "o";
  changed.create_time = At(13);
  EXPECT_EQ(Fields(found), Fields(changed));
}

TEST_P(OperationStoreTest, PagesAreNewestFirst) {
  AddOrganization("p");
  ASSERT_OK(Insert(MakeOperation("other", "p", "x")));
  for (const char* id : {"1", "2", "3"}) Add(id, "x", OperationState::kSucceeded);
  Add("4", "y", OperationState::kSucceeded);
  Add("5", "x", OperationState::kSucceeded);

  EXPECT_THAT(
      Pages(*store_, 2,
            [](const Transaction& t, PageRequest page) {
              return t.operations().List("o", "", page);
            }),
      ElementsAre(ElementsAre("5", "4"), ElementsAre("3", "2"), ElementsAre("1")));
  EXPECT_THAT(Pages(*store_, 3,
                    [](const Transaction& t, PageRequest page) {
                      return t.operations().List("o", "x", page);
                    }),
              ElementsAre(ElementsAre("5", "3", "2"), ElementsAre("1")));
}

TEST_P(OperationStoreTest, RunningAreOldestFirst) {
  Add("c", "x", OperationState::kRunning);
  Add("b", "x", OperationState::kSucceeded);
  Add("a", "y", OperationState::kRunning);
  Add("d", "x", OperationState::kRunning);

  EXPECT_THAT(Running(""), ElementsAre("c", "a", "d"));
  EXPECT_THAT(Running("x"), ElementsAre("c", "d"));
  EXPECT_THAT(Running("z"), IsEmpty());
}

TEST_P(OperationStoreTest, EndedIsNotRunning) {
  Add("a", "x", OperationState::kRunning);
  OperationRow ended = MakeOperation("a", "o", "x");
  ended.state = OperationState::kCancelled;

  ASSERT_OK(Write([&](Transaction& t) { return t.operations().Update(ended); }));

  EXPECT_THAT(Running(""), IsEmpty());
}

TEST_P(OperationStoreTest, LastPushIsTheNewestThatSucceededOnTheBranch) {
  OperationRow other_branch = MakeOperation("3", "o", "x");
  other_branch.state = OperationState::kSucceeded;
  other_branch.ref = "develop";
  OperationRow pull = MakeOperation("4", "o", "x");
  pull.state = OperationState::kSucceeded;
  pull.type = OperationType::kPull;
  Add("1", "x", OperationState::kSucceeded);
  Add("2", "x", OperationState::kSucceeded);
  ASSERT_OK(Insert(other_branch));
  ASSERT_OK(Insert(pull));
  Add("5", "x", OperationState::kFailed);
  Add("6", "y", OperationState::kSucceeded);

  ASSERT_OK_AND_ASSIGN(const OperationRow last, Read([](const Transaction& t) {
                         return t.operations().GetLastPush("x", "main");
                       }));
  EXPECT_EQ(last.id, "2");
  EXPECT_THAT(Read([](const Transaction& t) {
                return t.operations().GetLastPush("x", "release");
              }),
              StatusIs(absl::StatusCode::kNotFound, ""));
}

INSTANTIATE_STORE_CONTRACT(OperationStoreTest);

}  // namespace
}  // namespace gitsync
