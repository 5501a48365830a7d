// Several formats in one fuzzer: the first byte says which one the rest is in.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace unimo::stages {

// Takes the byte off, which must be there, and gives a number below `count`. With UNIMO_FUZZ_SHARES
// in the environment the program's end prints how often each number came.
inline unsigned fuzz_choice(const std::uint8_t*& data, std::size_t& size, unsigned count) {
  struct Shares {
    std::vector<long> of;
    ~Shares() {
      if (std::getenv("UNIMO_FUZZ_SHARES") == nullptr) return;
      for (std::size_t i = 0; i < of.size(); ++i)
        std::fprintf(stderr, "share of %zu: %ld\n", i, of[i]);
    }
  };
  static Shares shares;
  const unsigned choice = data[0] % count;
  shares.of.resize(std::max<std::size_t>(shares.of.size(), count));
  ++shares.of[choice];
  ++data;
  --size;
  return choice;
}

}  // namespace unimo::stages
