#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "orchestrator/base/file.h"
#include "tests/support/tiny_pack.h"
#include "trainer/data/pack.h"

namespace unimo::trainer {
namespace {

using ::testing::HasSubstr;

class PackReading : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(unimo::testing::write_tiny_pack(folder_.path(),
                                                {.train_images = 6, .val_images = 2, .texts = 4})
                    .has_value());
  }
  TempDir folder_ = *TempDir::make("pack_reader");
};

TEST_F(PackReading, GivesTheSameFeaturesMappedAndRecordByRecord) {
  const auto mapped = PackReader::open(folder_.path(), ShardAccess::kMap);
  const auto read = PackReader::open(folder_.path(), ShardAccess::kRead);
  ASSERT_TRUE(mapped.has_value() && read.has_value());
  for (std::size_t image = 0; image < mapped->images(); ++image) {
    const RegionRecord wanted = mapped->regions(image, 1)->decode();
    const auto view = read->regions(image, 1);
    ASSERT_TRUE(view.has_value()) << view.error().message;
    std::vector<float> features(wanted.features.size());
    view->features(features);
    EXPECT_EQ(features, wanted.features);
    EXPECT_EQ(view->id(), wanted.id);
  }
  EXPECT_EQ(read->caption(3)->text, mapped->caption(3)->text);
}

TEST_F(PackReading, RefusesThePackOfAnotherTokenizer) {
  const auto path = folder_.path() / "pack.json";
  Json document = *read_json(path);
  document["tokenizer"]["digest"] = std::string(64, '0');
  ASSERT_TRUE(write_json(path, document).has_value());
  const auto reader = PackReader::open(folder_.path());
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, ErrorCode::kIntegrity);
  EXPECT_THAT(reader.error().message, HasSubstr("pack.json: made with another tokenizer"));
  EXPECT_THAT(reader.error().message, HasSubstr("make the pack anew"));
}

TEST_F(PackReading, NamesTheRecordOfAFlippedByte) {
  const auto path = folder_.path() / "regions.shard";
  std::string bytes = *read_file(path);
  bytes[200] ^= 1;
  ASSERT_TRUE(write_file_atomic(path, bytes).has_value());
  const auto reader = PackReader::open(folder_.path());
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  const auto view = reader->regions(0, 0);
  ASSERT_FALSE(view.has_value());
  EXPECT_THAT(view.error().message, HasSubstr("regions.shard: record 0"));
}

}  // namespace
}  // namespace unimo::trainer
