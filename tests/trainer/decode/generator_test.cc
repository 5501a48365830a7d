#include <gtest/gtest.h>

#include <filesystem>

#include "trainer/decode/generator.h"
#include "trainer/text/byte_bpe.h"

namespace unimo::trainer {
namespace {

// Texts of GPT-2's vocabulary; skipped where its files are not.
class TextOf : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path folder = std::filesystem::path(UNIMO_SHARED_DATA) / "bpe";
    if (!std::filesystem::exists(folder / "vocab.bpe"))
      GTEST_SKIP() << folder << " is not here: set UNIMO_SHARED_DATA";
    bpe_ = ByteBpe::load(folder).value();
  }
  std::vector<std::int32_t> ids(std::string_view text) const { return bpe_->encode(text); }
  std::unique_ptr<ByteBpe> bpe_;
};

TEST_F(TextOf, EndsAtTheEndTokenWithoutSpecialTokens) {
  Hypothesis hypothesis{.tokens = {kClsId, kPadId}};
  for (const std::int32_t id : ids(" a  dog\n runs")) hypothesis.tokens.push_back(id);
  hypothesis.tokens.insert(hypothesis.tokens.end(), {kUnkId, kSepId});
  for (const std::int32_t id : ids(" away")) hypothesis.tokens.push_back(id);
  EXPECT_EQ(text_of(hypothesis, kSepId, *bpe_), "a dog runs");
  EXPECT_EQ(text_of(hypothesis, bpe_->mask_id(), *bpe_), "a dog runs [SEP] away");
}

TEST_F(TextOf, RulesEndCaptionsWithSepAndOtherTextsWithMask) {
  EXPECT_EQ(caption_rules({}, *bpe_).end, kSepId);
  EXPECT_EQ(seq2seq_rules({}, *bpe_).end, bpe_->mask_id());
  EXPECT_TRUE(seq2seq_rules({}, *bpe_).never.empty());
  EXPECT_EQ(seq2seq_rules({.forbid_special = true}, *bpe_).never,
            (std::vector<std::int32_t>{kClsId, kPadId, kUnkId, kSepId}));
}

TEST_F(TextOf, GenerationIsThatOfEachSourceAlone) {
  Unimo model({.layers = 1,
               .hidden = 32,
               .heads = 2,
               .ffn = 64,
               .vocabulary = static_cast<int>(bpe_->vocabulary_size()),
               .positions = 40,
               .feature_size = 8,
               .class_size = 4,
               .pooled = 16,
               .init_deviation = 0.3},
              5);
  std::vector<TextSource> sources;
  for (const char* text : {"One.", "A much longer source than the other one is.", ""})
    sources.push_back(text_source(ids(text), 38));
  const GeneratorOptions options{
      .rules = seq2seq_rules({.beam = 3, .min_length = 1, .max_length = 6}, *bpe_)};
  const auto together = generate_texts(model, options, sources, *bpe_);
  ASSERT_TRUE(together.has_value()) << together.error().message;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto alone = generate_texts(model, options, std::span(sources).subspan(i, 1), *bpe_);
    EXPECT_EQ((*together)[i].text, (*alone)[0].text);
  }
}

TEST_F(TextOf, SourcesThatAreTooLongAreNamed) {
  Unimo model({.layers = 1,
               .hidden = 32,
               .heads = 2,
               .ffn = 64,
               .vocabulary = static_cast<int>(bpe_->vocabulary_size()),
               .positions = 20,
               .feature_size = 8,
               .class_size = 4,
               .pooled = 16},
              5);
  const std::vector<TextSource> sources{text_source(ids("short"), 100),
                                        {std::vector<std::int32_t>(19, 5)}};
  const auto found =
      generate_texts(model, {.rules = seq2seq_rules({.max_length = 4}, *bpe_)}, sources, *bpe_);
  ASSERT_FALSE(found.has_value());
  EXPECT_NE(found.error().message.find("source 1 has 19 ids"), std::string::npos);
}

TEST(TextSource, KeepsItsSepWhenItIsCut) {
  const std::vector<TokenId> ids{10, 11, 12, 13};
  EXPECT_EQ(text_source(ids, 10).ids, (std::vector<std::int32_t>{0, 10, 11, 12, 13, 2}));
  EXPECT_EQ(text_source(ids, 4).ids, (std::vector<std::int32_t>{0, 10, 11, 2}));
  EXPECT_EQ(text_source({}, 2).ids, (std::vector<std::int32_t>{0, 2}));
}

}  // namespace
}  // namespace unimo::trainer
