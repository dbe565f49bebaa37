#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "server/security/sealer.h"
#include "tests/support/status_matchers.h"

namespace gitsync {
namespace {

class MasterKeysTest : public ::testing::Test {
 protected:
  MasterKeysTest() {
    std::string folder = std::filesystem::temp_directory_path() / "gitsync-XXXXXX";
    folder_ = mkdtemp(folder.data());
    path_ = folder_ / "master.key";
  }
  ~MasterKeysTest() override { std::filesystem::remove_all(folder_); }

  void WriteFile(const std::string& text, mode_t mode = 0600) {
    std::ofstream(path_) << text;
    chmod(path_.c_str(), mode);
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(MasterKeysTest, MissingFileIsMadeOnlyWhenAsked) {
  EXPECT_THAT(LoadMasterKeys(path_, false), HasCode(absl::StatusCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const std::vector<Secret> made, LoadMasterKeys(path_, true));
  ASSERT_OK_AND_ASSIGN(const std::vector<Secret> read, LoadMasterKeys(path_, true));

  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].Reveal().size(), 32u);
  EXPECT_EQ(made[0].Reveal(), read[0].Reveal());
}

TEST_F(MasterKeysTest, MadeFileIsPrivateAndAlone) {
  const mode_t old = umask(0);
  ASSERT_OK(LoadMasterKeys(path_, true));
  umask(old);

  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_EQ(info.st_nlink, 1u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(MasterKeysTest, AllWhoCreateAtOnceGetTheSameKey) {
  std::vector<std::string> keys(8);
  std::vector<std::thread> threads;
  for (std::string& key : keys) {
    threads.emplace_back([&] {
      const auto loaded = LoadMasterKeys(path_, true);
      if (loaded.ok()) key = std::string(loaded->front().Reveal());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(keys[0].size(), 32u);
  EXPECT_THAT(keys, ::testing::Each(keys[0]));
}

TEST_F(MasterKeysTest, FileThatOthersMayReadIsRefused) {
  WriteFile(std::string(64, 'a'), 0640);
  EXPECT_THAT(LoadMasterKeys(path_, true),
              HasCode(absl::StatusCode::kFailedPrecondition));
  WriteFile(std::string(64, 'a'), 0604);
  EXPECT_THAT(LoadMasterKeys(path_, true),
              HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(MasterKeysTest, ReadsHexAndBase64Lines) {
  WriteFile(std::string(64, 'A') + "\n\n" + std::string(43, 'A') + "=\n");
  ASSERT_OK_AND_ASSIGN(const std::vector<Secret> keys, LoadMasterKeys(path_, false));
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].Reveal(), std::string(32, '\xaa'));
  EXPECT_EQ(keys[1].Reveal(), std::string(32, '\0'));
}

TEST_F(MasterKeysTest, LineThatIsNoKeyIsRefused) {
  for (const std::string text : {"", "short", "!!", "c2hvcnQ="}) {
    WriteFile(text);
    EXPECT_THAT(LoadMasterKeys(path_, true),
                HasCode(absl::StatusCode::kFailedPrecondition))
        << text;
  }
}

TEST_F(MasterKeysTest, ParsesTextFromElsewhere) {
  ASSERT_OK_AND_ASSIGN(const std::vector<Secret> keys,
                       ParseMasterKeys(Secret(std::string(64, '0'))));
  EXPECT_EQ(keys[0].Reveal(), std::string(32, '\0'));
}

}  // namespace
}  // namespace gitsync
