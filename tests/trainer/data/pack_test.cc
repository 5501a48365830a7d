#include "trainer/data/pack.h"

#include <gtest/gtest.h>

#include <utility>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "tests/support/tiny_pack.h"
#include "trainer/data/shard.h"

namespace unimo::trainer {
namespace {

class TinyPackReader : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(unimo::testing::write_tiny_pack(folder_.path(),
                                                {.train_images = 3, .val_images = 1, .texts = 2}));
  }
  // The error of opening the pack with this as its only caption.
  Error error_with(const PackedCaption& caption) const {
    auto writer = ShardWriter::create(folder_.path() / "captions.shard", {{"schema", "captions"}});
    EXPECT_TRUE(writer->add(encode_record(caption)));
    EXPECT_TRUE(writer->finish());
    const auto reader = PackReader::open(folder_.path());
    return reader ? Error{ErrorCode::kFailed, "opened"} : reader.error();
  }
  TempDir folder_ = TempDir::make("pack").value();
};

TEST_F(TinyPackReader, GivesWhatCaptionsAreContrastedWith) {
  const auto pack = PackReader::open(folder_.path());
  ASSERT_TRUE(pack) << pack.error().message;
  const auto caption = pack->caption(1);
  ASSERT_TRUE(caption);
  using Numbers = std::vector<std::uint32_t>;
  EXPECT_EQ(caption->positives, (Numbers{7, 8}));
  EXPECT_EQ(caption->phrase_negatives, (Numbers{9, 10}));
  EXPECT_EQ(caption->word_negatives, (Numbers{11, 12}));
  EXPECT_EQ(caption->related_texts, (Numbers{13}));
  EXPECT_EQ(caption->related_images, (Numbers{1, 2, 0}));
  EXPECT_EQ(pack->sentences(), 3U * 3 * 7);
  EXPECT_FALSE(pack->sentence(9)->empty());
  EXPECT_NE(*pack->sentence(9), caption->ids);
}

TEST_F(TinyPackReader, RefusesThePacksOfTheFirstVersion) {
  const auto path = folder_.path() / "pack.json";
  Json document = *read_json(path);
  document["version"] = 1;
  ASSERT_TRUE(write_json(path, document));
  const auto pack = PackReader::open(folder_.path());
  ASSERT_FALSE(pack);
  EXPECT_NE(pack.error().message.find("of version 2; make the pack anew"), std::string::npos)
      << pack.error().message;
}

// Lists that point nowhere, units that do not begin at the front or do not ascend.
TEST_F(TinyPackReader, RefusesNumbersThatCountNothing) {
  const PackedCaption whole = PackReader::open(folder_.path())->caption(0).value();
  using List = std::vector<std::uint32_t>;
  const std::vector<std::pair<List PackedCaption::*, List>> wrong = {
      {&PackedCaption::negatives, {99}},        {&PackedCaption::positives, {63}},
      {&PackedCaption::phrase_negatives, {63}}, {&PackedCaption::word_negatives, {63}},
      {&PackedCaption::related_images, {4}},    {&PackedCaption::related_texts, {63}},
      {&PackedCaption::unit_starts, {1}},       {&PackedCaption::unit_starts, {0, 0}},
      {&PackedCaption::unit_starts, {0, 1000}}};
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    PackedCaption caption = whole;
    caption.negatives.clear();  // they count captions, of which there is one
    caption.*wrong[i].first = wrong[i].second;
    const Error error = error_with(caption);
    EXPECT_EQ(error.code, ErrorCode::kIntegrity) << i << ": " << error.message;
    EXPECT_NE(error.message.find("captions.shard: record 0"), std::string::npos)
        << i << ": " << error.message;
  }
}

TEST_F(TinyPackReader, NamesTheShardThatIsMissing) {
  ASSERT_TRUE(remove_tree(folder_.path() / "sentences.shard"));
  const auto pack = PackReader::open(folder_.path());
  ASSERT_FALSE(pack);
  EXPECT_NE(pack.error().message.find("sentences.shard"), std::string::npos);
}

}  // namespace
}  // namespace unimo::trainer
