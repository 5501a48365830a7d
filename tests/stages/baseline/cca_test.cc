#include "stages/baseline/cca.h"

#include <gmock/gmock.h>

#include <array>
#include <cstring>

#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/baseline.h"
#include "tests/stages/stage_bench.h"
#include "trainer/data/random.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"

namespace unimo::stages {
namespace {

using ::testing::HasSubstr;

constexpr int kImages = 120;
const std::array<const char*, 4> kThings = {"dog", "boat", "tree", "horse"};
const std::array<const char*, 3> kColours = {"red", "blue", "green"};

std::string caption_of(int i) {
  return std::string("a ") + kColours[static_cast<std::size_t>(i % 3)] + " " +
         kThings[static_cast<std::size_t>(i / 3 % 4)];
}

// Regions whose features tell thing and colour, with noise; captions that name both.
void write_inputs(const StageBench& bench) {
  auto records = RecordsWriter::create(bench.path("records"), "test").value();
  auto shard = trainer::ShardWriter::create(bench.path("regions") / "regions.shard",
                                            Json{{"schema", "regions"}})
                   .value();
  trainer::Random random({.seed = 1});
  for (int i = 0; i < kImages; ++i) {
    const std::string id = std::to_string(i);
    const std::string split = i < 96 ? "train" : "val";
    ASSERT_TRUE(records.add_image({.id = id, .width = 8, .height = 8, .split = split}, "x", "png"));
    ASSERT_TRUE(records.add_caption({.id = id + "#0", .image = id, .text = caption_of(i)}));
    trainer::RegionRecord record{
        .id = id, .split = split, .width = 8, .height = 8, .count = 2, .feature_size = 9};
    record.boxes = {0, 0, 1, 1, 0, 0, 0.5F, 0.5F};
    for (int n = 0; n < 18; ++n)
      record.features.push_back(static_cast<float>(0.2 * random.normal()));
    for (std::size_t region = 0; region < 2; ++region) {
      record.features[region * 9 + static_cast<std::size_t>(i % 3)] += 2;
      record.features[region * 9 + 3 + static_cast<std::size_t>(i / 3 % 4)] += 2;
    }
    ASSERT_TRUE(shard.add(trainer::encode_regions(record).value()));
  }
  ASSERT_TRUE(records.finish(Quarantine{}));
  ASSERT_TRUE(shard.finish());
  ASSERT_TRUE(
      write_json(bench.path("regions") / "regions.json", trainer::to_json({.extractor = "windows",
                                                                           .feature_size = 9,
                                                                           .views = 1,
                                                                           .images = kImages,
                                                                           .fitted_on = "train"})));
}

TEST(BaselineCca, RanksPicturesThatShowWhatTheCaptionSays) {
  StageBench bench;
  std::filesystem::create_directories(bench.path("regions"));
  write_inputs(bench);
  bench.input("records", "records");
  bench.input("regions", "regions");
  const Status done = bench.run(run_baseline_cca, BaselineCcaParams{.min_captions = 1});
  ASSERT_TRUE(done) << done.error().message;
  const Json index = read_json(bench.output() / "index.json").value();
  const std::string bytes = read_file(bench.output() / "similarity.f32").value();
  ASSERT_EQ(index["images"].size(), 24U);
  ASSERT_EQ(bytes.size(), 24U * 24U * 4U);
  std::vector<float> similarity(24 * 24);
  std::memcpy(similarity.data(), bytes.data(), bytes.size());
  for (std::size_t caption = 0; caption < 24; ++caption) {
    EXPECT_EQ(index["image_of_caption"][caption], caption);
    std::size_t best = 0;
    for (std::size_t image = 1; image < 24; ++image) {
      if (similarity[image * 24 + caption] > similarity[best * 24 + caption]) best = image;
    }
    EXPECT_EQ(caption_of(static_cast<int>(96 + best)), caption_of(static_cast<int>(96 + caption)));
  }
  const Json header = read_json(bench.output() / "predictions.json").value();
  EXPECT_EQ(header["task"], "retrieval");
  EXPECT_EQ(header["split"], "val");
}

TEST(BaselineCca, NamesASplitWithoutPictures) {
  StageBench bench;
  std::filesystem::create_directories(bench.path("regions"));
  write_inputs(bench);
  bench.input("records", "records");
  bench.input("regions", "regions");
  const Status refused =
      bench.run(run_baseline_cca, BaselineCcaParams{.split = "test", .min_captions = 1});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("split test"));
}

TEST(BaselineCca, RefusesARegionsFileThatIsCutShort) {
  StageBench bench;
  std::filesystem::create_directories(bench.path("regions"));
  write_inputs(bench);
  Json info = read_json(bench.path("regions/regions.json")).value();
  info["images"] = kImages + 1;
  ASSERT_TRUE(write_json(bench.path("regions/regions.json"), info));
  bench.input("records", "records");
  bench.input("regions", "regions");
  const Status refused = bench.run(run_baseline_cca, BaselineCcaParams{.min_captions = 1});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("regions.shard"));
}

}  // namespace
}  // namespace unimo::stages
