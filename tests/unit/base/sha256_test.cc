#include "server/base/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace gitsync {
namespace {

// FIPS 180-4's example.
constexpr char kOfAbc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256Test, HashesAsTheStandardSays) {
  EXPECT_EQ(Sha256Hex("abc"), kOfAbc);
  EXPECT_EQ(Sha256Hex(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256("abc").size(), 32u);
}

TEST(Sha256Test, PiecesAreAsGoodAsTheWhole) {
  Sha256Hasher hasher;
  for (const char* piece : {"a", "", "bc"}) hasher.Update(piece);
  EXPECT_EQ(hasher.Finish(), Sha256("abc"));
}

TEST(Sha256Test, FingerprintIsWhatPeopleCompare) {
  EXPECT_EQ(Sha256Fingerprint("abc", /*padded=*/true),
            "SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  EXPECT_EQ(Sha256Fingerprint("abc", /*padded=*/false),
            "SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0");
}

}  // namespace
}  // namespace gitsync
