#include "evaluators/unicode.h"

#include <gtest/gtest.h>

namespace unimo::eval {

TEST(PythonLower, KnowsTheFinalSigma) {
  EXPECT_EQ(python_lower(U"\u039F\u0394\u039F\u03A3"), U"\u03BF\u03B4\u03BF\u03C2");
  EXPECT_EQ(python_lower(U"\u03A3"), U"\u03C3");        // no letter before
  EXPECT_EQ(python_lower(U"A\u03A3'B"), U"a\u03C3'b");  // looks past the apostrophe
  EXPECT_EQ(python_lower(U"A.\u03A3"), U"a.\u03C2");    // and past the period before
  EXPECT_EQ(python_lower(U"A\u03A3\u0301 B"), U"a\u03C2\u0301 b");
  EXPECT_EQ(python_lower(U"\u2160\u03A3"), U"\u2170\u03C2");  // a Roman numeral is cased
}

TEST(PythonLower, KnowsTheDottedCapitalI) {
  EXPECT_EQ(python_lower(U"\u0130\u00DF\u1E9E"), U"i\u0307\u00DF\u00DF");
}

TEST(PythonWord, IsALetterANumberOrTheUnderscore) {
  for (const char32_t c : std::u32string_view(U"aZ0_\u00E9\u0661\u00B2\u216B\u4E2D")) {
    EXPECT_TRUE(is_python_word(c)) << static_cast<unsigned>(c);
  }
  for (const char32_t c : std::u32string_view(U" -\u0301\u2014\u00A0\u20AC")) {
    EXPECT_FALSE(is_python_word(c)) << static_cast<unsigned>(c);
  }
}

TEST(StripAccents, LeavesSpacingMarks) {
  EXPECT_EQ(strip_accents(U"\u00E9\u1EC7\u0903\uAC01"), U"ee\u0903\u1100\u1161\u11A8");
}

}  // namespace unimo::eval
