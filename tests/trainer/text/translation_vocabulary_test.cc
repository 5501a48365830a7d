#include "trainer/text/translation_vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"

namespace unimo::trainer {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kEnglish = {"a red ball on the grass", "a blue box in the snow",
                                           "the ball is red", "the box holds a ball",
                                           "a tree and a ball and a box"};
const std::vector<std::string> kTavi = {"toma rova prate na esta", "keli blavi neve na esta",
                                        "toma rova esta", "kelis ena toma esta",
                                        "darba, toma eo keli esta"};

TranslationVocabulary small(bool joint) {
  return TranslationVocabulary::train(kEnglish, kTavi, {.size = 60, .joint = joint}).value();
}

TEST(TranslationVocabulary, GivesBackWhatItEncoded) {
  for (const bool joint : {true, false}) {
    const TranslationVocabulary vocabulary = small(joint);
    EXPECT_EQ(vocabulary.is_joint(), joint);
    for (const std::string& text : kTavi) {
      const auto ids = vocabulary.encode_target(text);
      EXPECT_EQ(ids.back(), vocabulary.end());
      EXPECT_EQ(vocabulary.decode_target(ids), text);
    }
  }
}

TEST(TranslationVocabulary, KeepsItsSpecialIdsApart) {
  const TranslationVocabulary vocabulary = small(true);
  EXPECT_EQ(vocabulary.end(), 0);
  EXPECT_EQ(vocabulary.unknown(), 1);
  EXPECT_EQ(vocabulary.pad(), vocabulary.target_size() - 1);
  const auto ids = vocabulary.encode_source("\xE4\xB8\xAD");
  EXPECT_THAT(ids, ::testing::Contains(vocabulary.unknown()));
  EXPECT_EQ(vocabulary.decode_target(std::vector<std::int32_t>{0, 1, vocabulary.pad(), -4, 99999}),
            "");
}

TEST(TranslationVocabulary, IsTheSameAfterSavingAndLoading) {
  for (const bool joint : {true, false}) {
    const TranslationVocabulary vocabulary = small(joint);
    const TempDir folder = TempDir::make("vocabulary-").value();
    ASSERT_TRUE(vocabulary.save(folder.path()));
    const auto again = TranslationVocabulary::load(folder.path()).value();
    EXPECT_EQ(again.digest(), vocabulary.digest());
    EXPECT_EQ(again.encode_source(kEnglish[3]), vocabulary.encode_source(kEnglish[3]));
    EXPECT_EQ(small(joint).digest(), vocabulary.digest());
  }
}

TEST(TranslationVocabulary, TakesTheCodeOfALanguageAsOneToken) {
  const TranslationVocabulary vocabulary = small(true);
  const TempDir folder = TempDir::make("vocabulary-").value();
  ASSERT_TRUE(vocabulary.save(folder.path()));
  Json ids = read_json(folder.path() / "vocab.json").value();
  const int code = static_cast<int>(ids.size());
  ids[">>deu<<"] = code;
  ASSERT_TRUE(write_json(folder.path() / "vocab.json", ids));
  const auto with_code = TranslationVocabulary::load(folder.path()).value();
  std::vector<std::int32_t> expected = {code};
  for (const std::int32_t id : vocabulary.encode_source("the ball is red")) expected.push_back(id);
  EXPECT_EQ(with_code.encode_source(">>deu<< the ball is red"), expected);
}

TEST(TranslationVocabulary, SaysWhatIsWrongWithItsFiles) {
  const TempDir folder = TempDir::make("vocabulary-").value();
  const auto message = [&] {
    const auto loaded = TranslationVocabulary::load(folder.path());
    return loaded ? std::string() : loaded.error().message;
  };
  EXPECT_THAT(message(), HasSubstr("there is no source.spm"));
  ASSERT_TRUE(small(true).save(folder.path()));
  EXPECT_EQ(message(), "");
  const Json ids = read_json(folder.path() / "vocab.json").value();
  const auto with = [&](const Json& changed) {
    EXPECT_TRUE(write_json(folder.path() / "vocab.json", changed));
    return message();
  };
  Json changed = ids;
  changed["</s>"] = "zero";
  EXPECT_THAT(with(changed), HasSubstr("the id of \"</s>\" is \"zero\""));
  changed = ids;
  changed["</s>"] = 1;
  EXPECT_THAT(with(changed), HasSubstr("have the id 1"));
  changed = ids;
  changed.erase("<pad>");
  EXPECT_THAT(with(changed), HasSubstr("has no <pad>"));
  EXPECT_THAT(with(Json::array()), HasSubstr("a mapping of pieces to ids is wanted"));
  ASSERT_TRUE(write_json(folder.path() / "vocab.json", ids));
  ASSERT_TRUE(write_file(folder.path() / "target.spm", "no model"));
  EXPECT_THAT(message(), HasSubstr("target.spm: not a SentencePiece model"));
}

TEST(TranslationVocabulary, NeedsText) {
  const std::vector<std::string> nothing = {"", " "};
  EXPECT_FALSE(TranslationVocabulary::train(nothing, nothing, {}));
}

}  // namespace
}  // namespace unimo::trainer
