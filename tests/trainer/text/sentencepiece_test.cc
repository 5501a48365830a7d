#include "trainer/text/sentencepiece_vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"

namespace unimo::trainer {
namespace {

using testing::Each;
using testing::HasSubstr;

std::vector<std::string> captions() {
  std::vector<std::string> texts;
  for (const char* who : {"dog", "cat", "man", "woman", "child"}) {
    for (const char* what : {"runs", "sleeps", "jumps", "eats"}) {
      for (const char* where : {"on the grass", "in a red house", "under the blue table"}) {
        texts.push_back(std::string("A ") + who + " " + what + " " + where + ".");
      }
    }
  }
  return texts;
}

TEST(SentencePiece, SpeaksItsOwnCaptions) {
  const auto vocabulary = SentencePieceVocabulary::train(captions(), {.vocabulary_size = 100});
  ASSERT_TRUE(vocabulary.has_value()) << vocabulary.error().message;
  const auto ids = (*vocabulary)->encode("A dog sleeps under the blue table.");
  EXPECT_FALSE(ids.empty());
  EXPECT_THAT(ids, Each(testing::Ge(kFirstPieceId)));
  EXPECT_EQ((*vocabulary)->decode(ids), "a dog sleeps under the blue table.");
  EXPECT_LE((*vocabulary)->vocabulary_size(), 100U);
  EXPECT_EQ((*vocabulary)->mask_id(), static_cast<TokenId>((*vocabulary)->vocabulary_size()) - 1);
  EXPECT_EQ((*vocabulary)->piece((*vocabulary)->mask_id()), "[MASK]");
  EXPECT_EQ((*vocabulary)->piece(kSepId), "[SEP]");
  EXPECT_TRUE((*vocabulary)->is_word_start(ids[0]));
}

TEST(SentencePiece, KeepsCaseWhereWanted) {
  const auto vocabulary =
      SentencePieceVocabulary::train(captions(), {.vocabulary_size = 100, .lower_case = false});
  EXPECT_EQ((*vocabulary)->decode((*vocabulary)->encode("A dog runs.")), "A dog runs.");
}

TEST(SentencePiece, IsTheSameEveryTime) {
  const auto first = SentencePieceVocabulary::train(captions(), {.vocabulary_size = 100});
  const auto second = SentencePieceVocabulary::train(captions(), {.vocabulary_size = 100});
  EXPECT_EQ((*first)->digest(), (*second)->digest());
  const auto other =
      SentencePieceVocabulary::train(captions(), {.vocabulary_size = 100, .lower_case = false});
  EXPECT_NE((*first)->digest(), (*other)->digest());
}

TEST(SentencePiece, WritesUnknownCharactersAsUnk) {
  const auto vocabulary = SentencePieceVocabulary::train(captions(), {.vocabulary_size = 100});
  EXPECT_THAT((*vocabulary)->encode("\u4E16"), testing::Contains(kUnkId));
}

TEST(SentencePiece, SurvivesAnyBytes) {
  const auto vocabulary = SentencePieceVocabulary::train(captions(), {.vocabulary_size = 100});
  EXPECT_TRUE((*vocabulary)->encode("").empty());
  EXPECT_FALSE((*vocabulary)->encode(std::string("a\xFF\0 dog [MASK] [CLS]", 19)).empty());
  EXPECT_EQ((*vocabulary)->decode(std::vector<TokenId>{-1, 0, 1, 2, 3, 100000}), "");
}

TEST(SentencePiece, SavesAndLoads) {
  const auto vocabulary = SentencePieceVocabulary::train(captions(), {.vocabulary_size = 100});
  const TempDir folder = *TempDir::make("pieces");
  ASSERT_TRUE((*vocabulary)->save(folder.path()).has_value());
  const auto again = load_tokenizer(folder.path());
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ((*again)->kind(), "sentencepiece");
  EXPECT_EQ((*again)->digest(), (*vocabulary)->digest());
  EXPECT_EQ((*again)->encode("a cat jumps"), (*vocabulary)->encode("a cat jumps"));
}

TEST(SentencePiece, RefusesABrokenModel) {
  const TempDir folder = *TempDir::make("pieces");
  ASSERT_TRUE(write_file_atomic(folder.path() / "sentencepiece.model", "no model").has_value());
  const auto loaded = SentencePieceVocabulary::load(folder.path());
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error().message, HasSubstr("sentencepiece.model"));
}

TEST(SentencePiece, NeedsText) {
  const std::vector<std::string> blank = {"", "  "};
  const auto vocabulary = SentencePieceVocabulary::train(blank, {});
  ASSERT_FALSE(vocabulary.has_value());
  EXPECT_THAT(vocabulary.error().message, HasSubstr("there is no text"));
}

TEST(SentencePiece, SaysWhenTheVocabularyIsTooSmall) {
  const auto vocabulary = SentencePieceVocabulary::train(captions(), {.vocabulary_size = 12});
  ASSERT_FALSE(vocabulary.has_value());
  EXPECT_THAT(vocabulary.error().message,
              HasSubstr("a vocabulary of 12 ids cannot be trained on 60 texts"));
}

}  // namespace
}  // namespace unimo::trainer
