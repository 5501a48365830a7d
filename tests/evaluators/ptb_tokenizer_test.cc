#include "evaluators/ptb_tokenizer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

std::string tokens_of(const std::vector<std::string>& captions, std::size_t which = 0) {
  std::string text;
  const auto lines = ptb_tokenize(captions);
  for (const std::string& token : lines[which]) {
    if (!text.empty()) text += ' ';
    text += token;
  }
  return text;
}

std::string tokens(const std::string& caption) { return tokens_of({caption}); }

std::string kept(const std::string& caption) { return scorer_text(std::vector{caption})[0]; }

}  // namespace

TEST(PtbTokenizer, AgreesWithTheReferenceOnRealCaptions) {
  UNIMO_NEEDS_GOLDEN("coco_caption/ptb_lines.tsv");
  std::vector<std::string> captions;
  std::vector<std::string> expected;
  const auto golden_lines = read_lines(golden("coco_caption/ptb_lines.tsv"));
  for (const std::string& line : golden_lines.value()) {
    if (line.starts_with("#raw")) continue;
    const std::size_t tab = line.rfind('\t');
    captions.push_back(line.substr(0, tab));
    expected.push_back(line.substr(tab + 1));
  }
  ASSERT_EQ(captions.size(), 3000U);
  const auto lines = ptb_tokenize(captions);
  for (std::size_t i = 0; i < captions.size(); ++i) {
    std::string text;
    for (const std::string& token : lines[i]) text += (text.empty() ? "" : " ") + token;
    EXPECT_EQ(text, expected[i]) << "of " << captions[i];
  }
}

TEST(PtbTokenizer, SplitsCliticsFromTheirWords) {
  EXPECT_EQ(tokens("It's the dogs' toy, they've won't"), "it 's the dogs ' toy , they 've wo n't");
  EXPECT_EQ(tokens("cannot gonna 'twas y'all"), "can not gon na 't was y' all");
  EXPECT_EQ(tokens("can't've Soigo'd dog's-eye"), "ca n't 've soigo 'd dog 's - eye");
  EXPECT_EQ(tokens("it\u2019s didn\u2019t \u2019em"), "it 's did n't \u2019em");
}

TEST(PtbTokenizer, LeavesWordsWithInnerApostrophesWhole) {
  EXPECT_EQ(tokens("o'clock O'Brien ma'am 'em rock 'n' roll '90s c'mon"),
            "o'clock o'brien ma'am 'em rock 'n' roll '90s c'mon");
}

TEST(PtbTokenizer, KeepsHyphensAndSlashesInsideWords) {
  EXPECT_EQ(tokens("a 7-year-old red-and-white and/or a/b/c/d 2.5-inch"),
            "a 7-year-old red-and-white and/or a/b/c / d 2.5-inch");
  EXPECT_EQ(tokens("old- fashioned -ependent a_b"), "old - fashioned - ependent a_b");
}

TEST(PtbTokenizer, ReadsNumbersAsTheyAreWritten) {
  EXPECT_EQ(tokens("1,000.50 at 10:30 on 1/2/2014, 5:54pm"),
            "1,000.50 at 10:30 on 1/2/2014 , 5:54 pm");
  EXPECT_EQ(tokens("2 1/2 or \u00BD or 3/4"), "2\u00A01/2 or 1/2 or 3/4");
  EXPECT_EQ(tokens("call (555) 123-4567"), "call -lrb-555-rrb-\u00A0123-4567");
  EXPECT_EQ(tokens("$5 \u00A33 5\u20AC #1 5'2\""), "$ 5 # 3 5 $ # 1 5 ' 2 ''");
}

TEST(PtbTokenizer, KeepsThePeriodOfAbbreviations) {
  EXPECT_EQ(tokens("Dr. Who vs. the U.S. at 5 p.m. on Main St."),
            "dr. who vs. the u.s. at 5 p.m. on main st.");
  EXPECT_EQ(tokens("No. 5 says no. mass. and Mass."), "no. 5 says no . mass . and mass. .");
}

TEST(PtbTokenizer, LooksForASentenceEndInTheNextCaption) {
  EXPECT_EQ(tokens_of({"dogs etc.", "A cat"}), "dogs etc. .");
  EXPECT_EQ(tokens_of({"dogs etc.", "a cat"}), "dogs etc.");
  EXPECT_EQ(tokens("in the U.S. The dog"), "in the u.s. . the dog");
}

TEST(PtbTokenizer, NamesQuotesAndBrackets) {
  EXPECT_EQ(tokens("(a) [b] {c} \"d\" 'dog' \u201Ce\u201D"),
            "-lrb- a -rrb- -lsb- b -rsb- -lcb- c -rcb- `` d '' ` dog ' `` e ''");
  EXPECT_EQ(tokens(":) :-( =) <3 (^_^)"), ":-rrb- :--lrb- =-rrb- < 3 -lrb-^_^-rrb-");
}

TEST(PtbTokenizer, KnowsAddressesAndTags) {
  EXPECT_EQ(tokens("http://a.b/c.jpg, me@mail.com @home #tag <b> <b class=\"x y\">"),
            "http://a.b/c.jpg , me@mail.com @home #tag <b> <b\u00A0class=\"x\u00A0y\">");
  EXPECT_EQ(tokens("a &amp; b &lt; &quot;c&quot;"), "a & b < `` c ''");
}

TEST(PtbTokenizer, DropsWhatItDoesNotKnow) {
  EXPECT_EQ(tokens("a\U0001F600b soft\u00ADhyphen \u2665"), "a b softhyphen \u2665");
  EXPECT_EQ(tokens("bad \xFF\xFE bytes"), "bad bytes");
}

TEST(PtbTokenizer, TreatsLineEndsInsideACaptionAsBlanks) {
  const auto lines = ptb_tokenize(std::vector<std::string>{"one\ntwo\r\nthree\u2028four", "five"});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], (std::vector<std::string>{"one", "two", "three", "four"}));
  EXPECT_EQ(lines[1], (std::vector<std::string>{"five"}));
}

TEST(ScorerText, DropsSingleMarksButKeepsBracketsAndRuns) {
  EXPECT_EQ(kept("Stop! (now) !!! -- ... ; done."), "stop -lrb- now -rrb- !!! done");
  EXPECT_EQ(kept("..."), "");
  EXPECT_EQ(kept(""), "");
}

}  // namespace unimo::eval
