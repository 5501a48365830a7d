// The two stemmers of the ROUGE programs, each where it differs from the paper and from the other.
#include "evaluators/rouge_stemmer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "evaluators/nltk_stemmer.h"
#include "orchestrator/base/file.h"
#include "tests/evaluators/golden.h"

namespace unimo::eval {

namespace {

using testing::HasSubstr;

using WordsAndStems = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST(RougeStemmer, TakesTheExceptionListBeforeTheStemmer) {
  UNIMO_NEEDS_GOLDEN("../rouge155");
  const auto lists =
      ExceptionLists::load(std::filesystem::path(UNIMO_SHARED_DATA) / "rouge155").value();
  EXPECT_EQ(lists.size(), 5930u);
  EXPECT_EQ(rouge_stem("children", &lists), "child");
  EXPECT_EQ(rouge_stem("better", &lists), "well");
  EXPECT_EQ(rouge_stem("better", nullptr), "better");
  EXPECT_EQ(rouge_stem("was", &lists), "was");  // three letters
}

TEST(RougeStemmer, DiffersFromThePaperWhereTheProgramDoes) {
  const WordsAndStems words = {{"possibly", "possibl"},   {"geology", "geologi"},
                               {"biology", "biologi"},    {"archaeology", "archaeolog"},
                               {"replacement", "replac"}, {"adjustment", "adjust"},
                               {"adoption", "adopt"},     {"yearly", "yearli"},
                               {"enjoying", "enjoi"},     {"hopping", "hop"},
                               {"falling", "fall"},       {"filing", "file"},
                               {"agreed", "agre"},        {"controlling", "control"},
                               {"1990s", "1990"}};
  for (const auto& [word, stem] : words) EXPECT_EQ(rouge_stem(word, nullptr), stem) << word;
}

TEST(ExceptionLists, NameTheLineWithoutABaseForm) {
  const TempDir folder = TempDir::make("exceptions").value();
  for (const char* name : {"adj.exc", "adv.exc", "verb.exc"}) {
    ASSERT_TRUE(write_file(folder.path() / name, "").has_value());
  }
  ASSERT_TRUE(write_file(folder.path() / "noun.exc", "mice mouse\n\ngeese\n").has_value());
  const auto lists = ExceptionLists::load(folder.path());
  ASSERT_FALSE(lists.has_value());
  EXPECT_EQ(lists.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(lists.error().message, HasSubstr("noun.exc:3: \"geese\" has no base form"));
}

TEST(ExceptionLists, NeedAllFourFiles) {
  const TempDir folder = TempDir::make("exceptions").value();
  const auto lists = ExceptionLists::load(folder.path());
  ASSERT_FALSE(lists.has_value());
  EXPECT_THAT(lists.error().message, HasSubstr("adj.exc"));
}

TEST(NltkStemmer, DiffersFromThePaperWhereNltkDoes) {
  const WordsAndStems words = {
      {"flies", "fli"},       {"dies", "die"},       {"died", "die"},          {"spied", "spi"},
      {"enjoy", "enjoy"},     {"geology", "geolog"}, {"news", "news"},         {"skies", "sky"},
      {"proceed", "proceed"}, {"hopefully", "hope"}, {"rationally", "ration"}, {"oed", "o"}};
  for (const auto& [word, stem] : words) EXPECT_EQ(nltk_stem(word), stem) << word;
}

}  // namespace unimo::eval
