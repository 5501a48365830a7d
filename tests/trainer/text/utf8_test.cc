#include "trainer/text/utf8.h"

#include <gtest/gtest.h>

namespace unimo::trainer {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, RepairsEachMaximalSubpartOnce) {
  EXPECT_EQ(repair_utf8("a\xF0\x9F\x98"), "a\uFFFD");
  EXPECT_EQ(repair_utf8("\xF0\x9F\x98\x41"), "\uFFFD\x41");
  EXPECT_EQ(repair_utf8("\xC0\x80"), "\uFFFD\uFFFD");
  EXPECT_EQ(repair_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(repair_utf8("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(repair_utf8("\xE2\x82\x28"), "\uFFFD(");
}

TEST(Utf8, LeavesValidTextAlone) {
  const auto text = "plain, \u00E9, \u20AC, \U0001F600, \0 and more than eight bytes"sv;
  EXPECT_TRUE(is_valid_utf8(text));
  EXPECT_EQ(repair_utf8(text), text);
}

TEST(Utf8, FindsTheBadByteBehindAnyPrefix) {
  for (std::size_t length = 0; length < 20; ++length) {
    EXPECT_FALSE(is_valid_utf8(std::string(length, 'a') + "\x80")) << length;
    EXPECT_TRUE(is_valid_utf8(std::string(length, 'a') + "\u20AC")) << length;
  }
}

TEST(Utf8, AppendsEveryLength) {
  for (const std::uint32_t value : {0x41U, 0xE9U, 0x20ACU, 0x1F600U, 0x10FFFFU}) {
    std::string text;
    append_utf8(value, text);
    const CodePoint point = first_code_point(text);
    EXPECT_TRUE(point.valid);
    EXPECT_EQ(point.value, value);
    EXPECT_EQ(point.bytes, text.size());
  }
}

}  // namespace
}  // namespace unimo::trainer
