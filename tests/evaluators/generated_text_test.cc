// The post-processing of generated texts against what the published scripts make of the same texts.
#include "evaluators/generated_text.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "evaluators/fix_tokenization.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string fix(const std::string& text, TokenStyle style = TokenStyle::kCnnDailyMail) {
  return fix_tokenization(text, style);
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST(FixTokenization, AgreesWithThePublishedScripts) {
  UNIMO_NEEDS_GOLDEN("postprocess/fix_tokenization.json");
  const Json cases = golden_json("postprocess/fix_tokenization.json");
  EXPECT_EQ(cases.size(), 138u);
  for (const Json& entry : cases) {
    const auto text = entry["in"].get<std::string>();
    EXPECT_EQ(fix(text, TokenStyle::kCnnDailyMail), entry["cnndm_upper_brackets"]);
    EXPECT_EQ(fix(text, TokenStyle::kGigaword), entry["gigaword_qg_lower_brackets"]);
    EXPECT_EQ(fix(text, TokenStyle::kQuestion), entry["gigaword_qg_lower_brackets"]);
    EXPECT_EQ(gigaword_headline(text), entry["gigaword_hash"]);
  }
}

TEST(FixTokenization, KeepsTheOdditiesOfThePublishedScripts) {
  const Pairs cases = {
      {"n ' t go", " n't go"},                           // the n moves, its token stays
      {", , , x", ",,, x"},                              // commas count as digits
      {"X . Y . Z A . B . C", "X.Y.ZA.B . Z A.B. . C"},  // what was joined comes again
      {"a && - b", "a &&-b"},                            // "&&" is no part of the punctuation…
      {"a :; - b", "a :; - b"},                          // …and ":;" is
      {"\xC2\xB2 . 5", "\xC2\xB2.5"},                    // a superscript is a digit
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(fix(text), expected) << text;
}

TEST(FixTokenization, KnowsBytesAloneInQuestions) {
  EXPECT_EQ(fix("a\xC2\xA0( b", TokenStyle::kGigaword), "a -lrb- b");
  EXPECT_EQ(fix("a\xC2\xA0( b", TokenStyle::kQuestion), "a\xC2\xA0( b");
  EXPECT_EQ(fix("\xC2\xB2 . 5", TokenStyle::kQuestion), "\xC2\xB2 . 5");
}

TEST(FixTokenization, IsLinearInLongLines) {
  EXPECT_EQ(fix(repeated("1 , ", 250'000)).size(), 250'000u * 2 + 1);
  EXPECT_EQ(fix(repeated("a - ", 250'000)).size(), 250'000u * 2 + 1);
  EXPECT_EQ(fix(repeated("U . ", 250'000)).substr(0, 12), "U.U. . U.U. ");
}

TEST(FixTokenization, TakesAnyBytes) {
  EXPECT_EQ(fix(""), "");
  EXPECT_EQ(fix(" \t\n"), "");
  EXPECT_EQ(fix(std::string("a\0 \xFF . \xFF", 9)), std::string("a\0 \xFF . \xFF", 9));
}

TEST(SummarySentences, AgreeWithThePublishedScript) {
  UNIMO_NEEDS_GOLDEN("postprocess/cnndm_unilm.json");
  const std::vector<std::pair<std::string, std::size_t>> limits = {
      {"trunc0", 0}, {"trunc70", 70}, {"trunc100", 100}};
  for (const Json& entry : golden_json("postprocess/cnndm_unilm.json")) {
    for (const auto& [name, limit] : limits) {
      EXPECT_EQ(Json(summary_sentences(entry["in"].get<std::string>(), {.max_words = limit})),
                entry[name]);
    }
  }
}

TEST(SummarySentences, DropWhatStoodBeforeEvenInADroppedSentence) {
  const std::string text = "a b c d e [X_SEP] A B C D x [X_SEP] a b x c y z [X_SEP] a b c d";
  EXPECT_EQ(summary_sentences(text, {}), (std::vector<std::string>{"a b c d e", "a b x c y z"}));
  EXPECT_EQ(summary_sentences(text, {.duplicate_rate = 1}).size(), 3u);
}

TEST(SummarySentences, OfNothingAreNone) { EXPECT_TRUE(summary_sentences("", {}).empty()); }

TEST(SummarySentences, SayHowTheyWereMade) {
  EXPECT_EQ(summary_rules_signature({.max_words = 100}), "post:unilm|duplicates:0.7|words:100");
}

TEST(GeneratedText, JoinsCliticsThatHaveABlankBehind) {
  const Pairs answers = {{"it ' s not", "it 's not"},
                         {"we ' ll see , they ' re gone", "we 'll see , they 're gone"},
                         {"I don ' t know", "I do n't know"},
                         {"I don ' t", "I don ' t"},
                         {"I don ' t \n", "I don ' t"},
                         {"", ""}};
  for (const auto& [answer, expected] : answers) EXPECT_EQ(join_clitics(answer), expected);
}

TEST(GeneratedText, JoinsWordPieces) {
  EXPECT_EQ(join_word_pieces("what play ##ing ##s  was ##"), "what playings was");
  EXPECT_EQ(join_word_pieces("##a b"), "##a b");
}

TEST(GeneratedText, MapsBracketNamesAsUnilmDoes) {
  EXPECT_EQ(unilm_rouge_text("-LRB- CNN -rrb- ``x'' -LSB-"), "( cnn ) \"x\" [");
}

TEST(GeneratedText, BreaksLinesBehindEndMarks) {
  EXPECT_EQ(lines_at_end_marks("a b . c ? d. e ! f"), "a b .\nc ?\nd. e !\nf");
}

}  // namespace unimo::eval
