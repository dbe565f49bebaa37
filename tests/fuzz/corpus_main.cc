// Runs a fuzz target over its corpus without libFuzzer, as a test of any compiler's:
//
//   fuzz_<target> FOLDER
//
// Each file is an input, and so is each of its beginnings.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz_target.h"

int main(int argc, char** argv) {
  int inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
      const size_t shortest = bytes.size() - std::min<size_t>(bytes.size(), 2000);
      for (size_t size = shortest; size <= bytes.size(); ++size) {
        // A copy that ends where the input does, so that reading on is seen.
        const std::vector<uint8_t> input(bytes.begin(),
                                         bytes.begin() + static_cast<ptrdiff_t>(size));
        LLVMFuzzerTestOneInput(input.data(), input.size());
        ++inputs;
      }
    }
  }
  printf("%d inputs\n", inputs);
  return inputs > 0 ? 0 : 1;
}
