#include "evaluators/cider_frequencies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "evaluators/cider.h"
#include "evaluators/evaluator.h"
#include "orchestrator/base/file.h"

namespace unimo::eval {

namespace {

class CiderFrequenciesFile : public testing::Test {
 protected:
  Result<CiderFrequencies> read(const std::string& text) {
    EXPECT_TRUE(write_file_atomic(file_, text).has_value());
    return read_cider_frequencies(file_);
  }

  std::string mistake(const std::string& text) {
    const auto frequencies = read(text);
    return frequencies ? "" : frequencies.error().message;
  }

  const TempDir folder_ = TempDir::make("cider_frequencies_test").value();
  const std::filesystem::path file_ = folder_.path() / "df.tsv";
};

std::vector<CaptionItem> captions() {
  return {{"a dog runs in the park", {"a dog runs in the park", "a brown dog runs"}},
          {"a cat", {"the cat sleeps on a mat", "a cat sleeps"}},
          {"two dogs play", {"two dogs play in the park", "dogs run"}}};
}

const std::string kHead = "unimo.cider_frequencies\t1\ndocuments\t100\n";

}  // namespace

TEST_F(CiderFrequenciesFile, HoldsCountsOfNgrams) {
  const auto frequencies = read(kHead + "7\ta dog\n100\ta\n");
  ASSERT_TRUE(frequencies.has_value()) << frequencies.error().message;
  EXPECT_EQ(frequencies->documents, 100);
  EXPECT_EQ(frequencies->of_ngram.at("a dog"), 7);
  EXPECT_EQ(frequencies->digest.size(), 64U);
}

TEST_F(CiderFrequenciesFile, IsReadAsItWasWritten) {
  const CiderFrequencies counted = count_cider_frequencies(captions());
  const auto again = read(cider_frequencies_text(counted));
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again->of_ngram, counted.of_ngram);
  EXPECT_EQ(again->documents, 3);
  EXPECT_EQ(again->digest, counted.digest);
  EXPECT_EQ(counted.of_ngram.at("in the park"), 2);
  EXPECT_FALSE(counted.of_ngram.contains("a dog runs in the"));
}

TEST_F(CiderFrequenciesFile, NamesFileLineOfItsMistakes) {
  using testing::HasSubstr;
  EXPECT_THAT(mistake(""), HasSubstr("df.tsv:1"));
  EXPECT_THAT(mistake("unimo.cider_frequencies\t2\n"), HasSubstr("df.tsv:1"));
  EXPECT_THAT(mistake("unimo.cider_frequencies\t1\n"), HasSubstr("df.tsv:2"));
  EXPECT_THAT(mistake("unimo.cider_frequencies\t1\ndocuments\t0\n"), HasSubstr("df.tsv:2"));
  EXPECT_THAT(mistake(kHead + "7 a dog\n"), HasSubstr("df.tsv:3: needs a count, a tab"));
  EXPECT_THAT(mistake(kHead + "1\ta\n101\tb\n"), HasSubstr("df.tsv:4: \"101\" is no count"));
  EXPECT_THAT(mistake(kHead + "-1\ta\n"), HasSubstr("\"-1\" is no count"));
  EXPECT_THAT(mistake(kHead + "1x\ta\n"), HasSubstr("\"1x\" is no count"));
  EXPECT_THAT(mistake(kHead + "1\t\n"), HasSubstr("no n-gram"));
  EXPECT_THAT(mistake(kHead + "1\ta b c d e\n"), HasSubstr("four words"));
  EXPECT_THAT(mistake(kHead + "1\ta  b\n"), HasSubstr("one blank"));
  EXPECT_THAT(mistake(kHead + "1\ta\u00A0b\n"), HasSubstr("one blank"));
  EXPECT_THAT(mistake(kHead + "1\ta b\n2\ta b\n"), HasSubstr("df.tsv:4: \"a b\" stands twice"));
}

TEST(GivenCider, WithTheFrequenciesOfItsOwnImagesIsTheUsualCider) {
  const auto items = captions();
  const Cider usual = cider(count_ngrams(items));
  const Cider given = cider(items, count_cider_frequencies(items));
  EXPECT_EQ(given.images, usual.images);
  EXPECT_EQ(given.corpus, usual.corpus);
}

TEST(GivenCider, ScoresASingleImage) {
  CiderFrequencies frequencies;
  frequencies.documents = 1000;
  frequencies.of_ngram = {{"a", 900}, {"a dog", 30}};
  const std::vector<CaptionItem> items = {{"a dog runs fast", {"a dog runs fast"}}};
  EXPECT_NEAR(cider(items, frequencies).corpus, 10, 1e-12);
}

TEST(GivenCider, WeighsByHand) {
  // Unigrams alone: candidate and reference share "a"; weights ln(10/5) and ln(10/1).
  CiderFrequencies frequencies;
  frequencies.documents = 10;
  frequencies.of_ngram = {{"a", 5}};
  const std::vector<CaptionItem> items = {{"a", {"b", "a"}}};
  EXPECT_NEAR(cider(items, frequencies).corpus, 10 * (0.0 + 1.0 / 4) / 2, 1e-12);
}

TEST(GivenCider, DoesNotDependOnTheOtherImages) {
  const auto items = captions();
  const CiderFrequencies frequencies = count_cider_frequencies(items);
  const Cider all = cider(items, frequencies);
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_NEAR(cider(std::span(items).subspan(i, 1), frequencies).corpus, all.images[i], 1e-12);
  }
}

TEST(GivenCider, SaysWhichTableItUsed) {
  const auto items = captions();
  const CiderFrequencies frequencies = count_cider_frequencies(items);
  EXPECT_THAT(cider_signature(items, frequencies),
              testing::HasSubstr("df:" + frequencies.digest.substr(0, 12) + " of 3 documents"));
}

}  // namespace unimo::eval
