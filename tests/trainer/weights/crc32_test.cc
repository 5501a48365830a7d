#include "trainer/weights/crc32.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace unimo::trainer {
namespace {

std::uint32_t zlib(std::uint32_t crc, std::span<const char> bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

TEST(Crc32, IsThatOfZlibForEveryLengthAndPlace) {
  std::string bytes(700, '\0');
  std::uint32_t state = 7;
  for (char& byte : bytes)
    byte = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
  for (std::size_t begin = 0; begin < 17; ++begin) {
    for (std::size_t count = 0; begin + count <= bytes.size(); ++count) {
      const auto part = std::span(bytes).subspan(begin, count);
      ASSERT_EQ(crc32_of(0, part), zlib(0, part)) << begin << " " << count;
    }
  }
}

TEST(Crc32, GoesOnFromAnEarlierOne) {
  const std::string bytes(1000, 'x');
  for (const std::size_t cut : {0U, 1U, 63U, 64U, 500U, 999U}) {
    const std::uint32_t first = crc32_of(0, std::span(bytes).first(cut));
    EXPECT_EQ(crc32_of(first, std::span(bytes).subspan(cut)), zlib(0, bytes)) << cut;
  }
  EXPECT_EQ(crc32_of(0, std::string_view("123456789")), 0xCBF43926U);
}

}  // namespace
}  // namespace unimo::trainer
