#include "trainer/data/record_hash.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include <vector>

#include "trainer/data/random.h"

namespace unimo::trainer {
namespace {

// Lengths around every border of the algorithm: 16, 128, 240, blocks of 1024.
TEST(RecordHash, IsThatOfTheLibrary) {
  Random random({.seed = 5});
  std::vector<std::byte> bytes(70'000);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(256));
  for (std::size_t size = 0; size < 2200; ++size) {
    ASSERT_EQ(record_hash(std::span(bytes).subspan(size % 64, size)),
              XXH3_64bits(bytes.data() + size % 64, size))
        << size;
  }
  EXPECT_EQ(record_hash(bytes), XXH3_64bits(bytes.data(), bytes.size()));
}

}  // namespace
}  // namespace unimo::trainer
