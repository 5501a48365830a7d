#include "orchestrator/experiment/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace unimo {
namespace {

using testing::HasSubstr;

Json value_of(std::string_view text) {
  const auto document = parse_yaml(text, "test.yaml");
  EXPECT_TRUE(document) << document.error().message;
  return document ? document->value : Json();
}

std::string error_of(std::string_view text) {
  const auto document = parse_yaml(text, "test.yaml");
  EXPECT_FALSE(document);
  return document ? std::string() : document.error().message;
}

TEST(Yaml, TypesPlainScalarsByTheCoreSchema) {
  EXPECT_EQ(value_of("[1, -2, +3, 0x1F, 0o17, 18446744073709551615]"),
            Json::parse("[1, -2, 3, 31, 15, 18446744073709551615]"));
  EXPECT_EQ(value_of("[1e-4, 0.5, .5, 5., -1.5E+2]"), Json::parse("[1e-4, 0.5, 0.5, 5.0, -150.0]"));
  EXPECT_EQ(value_of("[true, False, null, ~]"), Json::parse("[true, false, null, null]"));
}

TEST(Yaml, KeepsEverythingElseAsText) {
  EXPECT_EQ(
      value_of("[no, yes, on, off, 1.2.3, 1e, '1', \"true\", 2026-01-01, 0x, 1_000]"),
      Json::parse(R"(["no","yes","on","off","1.2.3","1e","1","true","2026-01-01","0x","1_000"])"));
}

TEST(Yaml, KnowsTheLineOfEveryValue) {
  const auto document = parse_yaml("a:\n  b:\n    c: 1\n  d: [x,\n     y]\n", "test.yaml");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->places.find("a.b.c").text(), "test.yaml:3");
  EXPECT_EQ(document->places.find("a.d[1]").text(), "test.yaml:5");
  EXPECT_EQ(document->places.find("a.b.not.written").text(), "test.yaml:2");
}

TEST(Yaml, RefusesDuplicateKeysNamingBothLines) {
  EXPECT_EQ(error_of("a: 1\nb: 2\na: 3\n"),
            "test.yaml:3: the key \"a\" stands twice, first in line 1");
}

TEST(Yaml, ReportsAllStructuralMistakesAtOnce) {
  const std::string error = error_of("a: 1\na: 2\nb: &x 1\nc: *x\n1: one\nd: !!str 5\n");
  for (const char* line : {":2:", ":3:", ":4:", ":5:", ":6:"}) EXPECT_THAT(error, HasSubstr(line));
}

TEST(Yaml, RefusesKeysThatAreNotText) {
  EXPECT_THAT(error_of("1: a\n"), HasSubstr("test.yaml:1: the key 1 is not text"));
  EXPECT_THAT(error_of("true: a\n"), HasSubstr("quote it"));
  EXPECT_THAT(error_of("? [a, b]\n: c\n"), HasSubstr("must be text"));
  EXPECT_EQ(value_of("no: 1\n'2': 2\n"), Json::parse(R"({"no": 1, "2": 2})"));
}

TEST(Yaml, RefusesAnAliasBombWithoutExpandingIt) {
  std::string bomb = "a: &a [x, x, x]\n";
  for (char c = 'b'; c < 'z'; ++c) {
    bomb += fmt::format("{0}: &{0} [*{1}, *{1}, *{1}, *{1}, *{1}]\n", c, static_cast<char>(c - 1));
  }
  EXPECT_THAT(error_of(bomb), HasSubstr("an alias"));
}

TEST(Yaml, NamesTheLineOfAnUnclosedBracket) {
  EXPECT_THAT(error_of("a: 1\nb: [1, 2\nc: 3\n"), HasSubstr("test.yaml:3"));
  EXPECT_THAT(error_of("a: 1\nb: \"unclosed\nc: 1\n"),
              HasSubstr("test.yaml:2: the quote \" is never closed"));
  EXPECT_THAT(error_of("a: 1\nb: 'it''s\n"), HasSubstr("test.yaml:2: the quote ' is never closed"));
  EXPECT_EQ(value_of("\xEF\xBB\xBF"
                     "a: 'it''s'\n\xc3\xa4: \"\\\"x\\\"\"\n"),
            (Json{{"a", "it's"}, {"\xc3\xa4", "\"x\""}}));
}

TEST(Yaml, RefusesNestingWithoutEnd) {
  EXPECT_THAT(error_of(std::string(5000, '[')), HasSubstr("test.yaml:1"));
  EXPECT_THAT(error_of(std::string(100, '[') + std::string(100, ']')),
              HasSubstr("nested too deeply"));
}

TEST(Yaml, RefusesNumbersThatDoNotFit) {
  EXPECT_THAT(error_of("a: 99999999999999999999\n"), HasSubstr("too large"));
  EXPECT_THAT(error_of("a: 1e999\n"), HasSubstr("test.yaml:1"));
  EXPECT_THAT(error_of("a: .inf\n"), HasSubstr("not a finite number"));
}

TEST(Yaml, RefusesBytesThatAreNotUtf8) {
  EXPECT_THAT(error_of("a: 1\nb: \xff\n"), HasSubstr("test.yaml:2: the byte 0xff is not UTF-8"));
  EXPECT_THAT(error_of(std::string_view("a: \0b\n", 6)), HasSubstr("test.yaml:1"));
  EXPECT_EQ(value_of("a: \xc3\xa4\xf0\x9f\x98\x80\n")["a"], "\xc3\xa4\xf0\x9f\x98\x80");
}

TEST(Yaml, RefusesASecondDocument) {
  EXPECT_THAT(error_of("a: 1\n---\nb: 2\n"), HasSubstr("more than one document"));
}

TEST(Yaml, TakesAnEmptyFileAsNothing) {
  EXPECT_TRUE(value_of("").is_null());
  EXPECT_TRUE(value_of("# only a comment\n").is_null());
}

}  // namespace
}  // namespace unimo
