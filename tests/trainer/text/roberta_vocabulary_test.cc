#include "trainer/text/roberta_vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"

namespace unimo::trainer {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class RobertaFiles : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view bytes) const {
    ASSERT_TRUE(write_file(folder_.path() / name, bytes));
  }
  TempDir folder_ = TempDir::make("vocabulary-").value();
};

TEST_F(RobertaFiles, ThePublishedVocabularyComesBackToTheByte) {
  const fs::path published = fs::path(UNIMO_SHARED_DATA) / "bpe";
  if (!fs::exists(published / "encoder.json")) GTEST_SKIP() << "no vocabulary at " << published;
  const auto there = to_roberta_vocabulary(published);
  ASSERT_TRUE(there) << there.error().message;
  const Json ids = parse_json(there->vocab_json, "vocab.json").value();
  EXPECT_EQ(ids.size(), 50265U);
  EXPECT_EQ(ids.at("<s>"), 0);
  EXPECT_EQ(ids.at("\u0120the"), 5);
  EXPECT_EQ(ids.at("<|endoftext|>"), 50260);
  EXPECT_EQ(ids.at("<mask>"), 50264);
  write("vocab.json", there->vocab_json);
  write("merges.txt", there->merges_txt);
  const auto back = from_roberta_vocabulary(folder_.path());
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->encoder_json, *read_file(published / "encoder.json"));
  EXPECT_EQ(back->vocab_bpe, *read_file(published / "vocab.bpe"));
  EXPECT_EQ(parse_json(back->encoder_json, "x")->size(), 50257U);
  // Line by line, as the last line may lack its end.
  write("vocab.txt", back->vocab_txt);
  EXPECT_EQ(*read_lines(folder_.path() / "vocab.txt"), *read_lines(published / "vocab.txt"));
}

TEST_F(RobertaFiles, ThatDoNotBelongTogetherAreRefused) {
  write("vocab.json", R"({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4})");
  write("merges.txt", "#version: 0.2\na b\n");
  EXPECT_THAT(from_roberta_vocabulary(folder_.path()).error().message,
              HasSubstr("256 of the 257 pieces that merges.txt makes have no number"));
  write("merges.txt", "#version: 0.2\nab\n");
  EXPECT_THAT(from_roberta_vocabulary(folder_.path()).error().message,
              HasSubstr("merges.txt:2: \"ab\" is not two pieces"));
  write("vocab.json", R"({"<s>": 0, "a": 0})");
  EXPECT_THAT(from_roberta_vocabulary(folder_.path()).error().message, HasSubstr("has number 0"));
}

}  // namespace
}  // namespace unimo::trainer
