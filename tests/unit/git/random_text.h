#ifndef GITSYNC_TESTS_UNIT_GIT_RANDOM_TEXT_H_
#define GITSYNC_TESTS_UNIT_GIT_RANDOM_TEXT_H_

#include <random>
#include <string>

namespace gitsync {

// Bytes that do not compress, the same ones for the same `seed`.
inline std::string RandomText(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) text.push_back(static_cast<char>(random()));
  return text;
}

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_GIT_RANDOM_TEXT_H_
