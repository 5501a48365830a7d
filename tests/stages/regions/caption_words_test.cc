#include "stages/regions/caption_words.h"

#include <gmock/gmock.h>

#include <cmath>

namespace unimo::stages {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> stems(std::string_view text) {
  std::vector<std::string> list;
  for (const CaptionWord& word : caption_words(text)) list.push_back(word.stem);
  return list;
}

TEST(CaptionWords, InflectionsOfAWordShareItsStem) {
  EXPECT_EQ(stem_of("dogs"), stem_of("dog"));
  EXPECT_EQ(stem_of("running"), stem_of("runs"));
  EXPECT_EQ(stem_of("dancing"), stem_of("dance"));
  EXPECT_EQ(stem_of("danced"), stem_of("dances"));
  EXPECT_EQ(stem_of("puppies"), stem_of("puppy"));
  EXPECT_EQ(stem_of("beaches"), stem_of("beach"));
  EXPECT_EQ(stem_of("falling"), stem_of("falls"));
  EXPECT_EQ(stem_of("men"), stem_of("man"));
  EXPECT_EQ(stem_of("children"), stem_of("child"));
}

TEST(CaptionWords, ShortWordsKeepTheirEndings) {
  EXPECT_NE(stem_of("ring"), stem_of("r"));
  EXPECT_NE(stem_of("string"), stem_of("str"));
  EXPECT_EQ(stem_of("red"), "red");
  EXPECT_EQ(stem_of("grass"), "grass");
}

TEST(CaptionWords, LeavesOutFunctionWordsAndPunctuation) {
  EXPECT_THAT(stems("A dog is on the Beach, with 2 balls!"),
              ElementsAre("dog", stem_of("beach"), "2", "ball"));
}

TEST(CaptionWords, ListKeepsFrequentWordsUnderTheirCommonestForm) {
  const std::vector<Document> documents = {caption_words("dogs cat"), caption_words("dogs bird"),
                                           caption_words("dog cat")};
  const WordList list = make_word_list(documents, {.min_documents = 2, .max_words = 10});
  EXPECT_THAT(list.names, ElementsAre("cat", "dogs"));
  EXPECT_EQ(list.find(stem_of("dog")), 1);
  EXPECT_EQ(list.find("bird"), -1);
}

TEST(CaptionWords, WeighsRareWordsMore) {
  const std::vector<Document> documents = {caption_words("dog cat"), caption_words("dog"),
                                           caption_words("dog cat cat")};
  const WordList list = make_word_list(documents, {.min_documents = 1, .max_words = 10});
  const Matrix rows = tfidf(documents, list);
  ASSERT_EQ(rows.cols(), 2);
  EXPECT_GT(rows(0, 0), rows(0, 1));  // cat, dog
  EXPECT_FLOAT_EQ(rows(1, 1), 1);
  const float cat = list.idf[0] * (1 + std::log(2.0F));
  EXPECT_NEAR(rows(2, 0), cat / std::hypot(cat, list.idf[1]), 1e-6);
}

TEST(CaptionWords, UnknownWordsGiveAnEmptyRow) {
  const WordList list =
      make_word_list({caption_words("dog")}, {.min_documents = 1, .max_words = 10});
  const Matrix rows = tfidf({caption_words("zebra")}, list);
  EXPECT_EQ(rows(0, 0), 0);
}

}  // namespace
}  // namespace unimo::stages
