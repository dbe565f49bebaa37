#include "tests/unit/storage/store_contract.h"

namespace gitsync {
namespace {

class DefinitionTest : public StoreContractTest {
 protected:
  void SetUp() override {
    StoreContractTest::SetUp();
    AddApp("a");
  }
};

TEST_P(DefinitionTest, HashIsTheSha256OfTheText) {
  EXPECT_EQ(AddVersion("v", "a", "{}"),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
}

TEST_P(DefinitionTest, TextComesBackByteForByte) {
  const std::string text = std::string("{\"n\":1e400,\"s\":\"\0é\xff\"}", 21);

  const std::string hash = AddVersion("v", "a", text);

  ASSERT_OK_AND_ASSIGN(const std::string found, Read([&](const Transaction& t) {
                         return t.versions().GetDefinition(hash);
                       }));
  EXPECT_EQ(found, text);
}

TEST_P(DefinitionTest, LargeTextComesBackEqual) {
  std::string text(32 << 20, 'x');
  text[12345678] = 'y';

  const std::string hash = AddVersion("v", "a", text);

  ASSERT_OK_AND_ASSIGN(const std::string found, Read([&](const Transaction& t) {
                         return t.versions().GetDefinition(hash);
                       }));
  EXPECT_TRUE(found == text);
}

TEST_P(DefinitionTest, EqualTextsAreOneThatLivesAsLongAsEither) {
  const std::string hash = AddVersion("v", "a", "{}");
  EXPECT_EQ(AddVersion("w", "a", "{}"), hash);

  ASSERT_OK(Write([](Transaction& t) { return t.versions().Delete("v"); }));
  EXPECT_TRUE(HasDefinition(hash));
  ASSERT_OK(Write([](Transaction& t) { return t.versions().Delete("w"); }));
  EXPECT_FALSE(HasDefinition(hash));
}

TEST_P(DefinitionTest, ReplacedOneIsRemoved) {
  const std::string hash = AddVersion("v", "a", "{}");

  ASSERT_OK(Write([](Transaction& t) {
    const std::string other = t.versions().PutDefinition("[]").value();
    return t.versions().Update(MakeVersion("v", "a", other));
  }));

  EXPECT_FALSE(HasDefinition(hash));
}

TEST_P(DefinitionTest, OneThatNoRowCameToNameIsRemoved) {
  std::string hash;

  ASSERT_OK(Write([&](Transaction& t) {
    hash = t.versions().PutDefinition("[]").value();
    return absl::OkStatus();
  }));

  EXPECT_FALSE(HasDefinition(hash));
}

TEST_P(DefinitionTest, OneThatMovesToAnotherRowInATransactionStays) {
  const std::string hash = AddVersion("v", "a", "{}");

  ASSERT_OK(Write([&](Transaction& t) {
    EXPECT_EQ(t.versions().PutDefinition("{}").value(), hash);
    EXPECT_OK(t.versions().Delete("v"));
    return t.versions().Insert(MakeVersion("w", "a", hash));
  }));

  EXPECT_TRUE(HasDefinition(hash));
}

TEST_P(DefinitionTest, OneThatAReleaseNamesOutlivesTheVersionsChange) {
  const std::string first = AddVersion("v", "a", "{}");
  std::string second;
  ASSERT_OK(Write([&](Transaction& t) {
    return t.releases().Put(MakeRelease("a", "production", "v", first));
  }));

  ASSERT_OK(Write([&](Transaction& t) {
    second = t.versions().PutDefinition("[]").value();
    return t.versions().Update(MakeVersion("v", "a", second));
  }));
  EXPECT_TRUE(HasDefinition(first));

  ASSERT_OK(Write([&](Transaction& t) {
    return t.releases().Put(MakeRelease("a", "production", "v", second));
  }));
  EXPECT_FALSE(HasDefinition(first));
  EXPECT_TRUE(HasDefinition(second));
}

TEST_P(DefinitionTest, OneThatARunningPushNamesLivesUntilThePushEnds) {
  const std::string hash = AddVersion("v", "a", "{}");
  OperationRow operation = MakeOperation("operation", "o", "a");
  operation.push->definition_hash = hash;
  ASSERT_OK(Write([&](Transaction& t) { return t.operations().Insert(operation); }));

  ASSERT_OK(Write([](Transaction& t) { return t.versions().Delete("v"); }));
  EXPECT_TRUE(HasDefinition(hash));

  operation.state = OperationState::kSucceeded;
  ASSERT_OK(Write([&](Transaction& t) { return t.operations().Update(operation); }));
  EXPECT_FALSE(HasDefinition(hash));
}

INSTANTIATE_STORE_CONTRACT(DefinitionTest);

}  // namespace
}  // namespace gitsync
