// From the mini-world's captions through rewrites and pack to what the trainer draws.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/miniworld/captions.h"
#include "stages/pack/pack.h"
#include "stages/rewrites/rewrites.h"
#include "stages/schema/pack.h"
#include "stages/schema/rewrites.h"
#include "tests/stages/stage_bench.h"
#include "trainer/objectives/contrast_draw.h"

namespace unimo::stages {
namespace {

using Ids = std::vector<std::int32_t>;

class RewritesToTrainer : public testing::Test {
 protected:
  void SetUp() override {
    write_records_and_regions();
    rewriting_.input("captions", packing_.path("scenes"));
    const Status rewritten =
        rewriting_.run(run_rewrites, RewritesParams{.word_count = 20, .phrase_count = 20});
    ASSERT_TRUE(rewritten) << rewritten.error().message;
    packing_.input("pairs", "scenes");
    packing_.input("regions", "regions");
    packing_.input("contrasts", rewriting_.output());
    PackParams params;
    params.tokenizer.vocab_size = 400;
    const Status packed = packing_.run(run_pack, params);
    ASSERT_TRUE(packed) << packed.error().message;
  }

  void write_records_and_regions() const {
    MiniWorld world;
    world.images = 400;
    world.val_images = world.test_images = 0;
    auto records = RecordsWriter::create(packing_.path("scenes"), "coco").value();
    const auto folder = packing_.path("regions");
    ASSERT_TRUE(make_directories(folder));
    auto shard =
        trainer::ShardWriter::create(folder / "regions.shard", {{"schema", "regions"}}).value();
    const std::vector<Scene> scenes = make_scenes(5, world).value();
    for (const Scene& scene : scenes) {
      const std::string id = std::to_string(scene.number);
      ASSERT_TRUE(
          records.add_image({.id = id, .width = 64, .height = 48, .split = "train"}, "x", "jpg"));
      int number = 0;
      for (const SceneCaption& caption : write_captions(scene, 5, 5)) {
        ASSERT_TRUE(records.add_caption(
            {.id = id + "#" + std::to_string(number++), .image = id, .text = caption.text}));
      }
      ASSERT_TRUE(shard.add(*trainer::encode_regions({.id = id,
                                                      .split = "train",
                                                      .width = 64,
                                                      .height = 48,
                                                      .count = 1,
                                                      .feature_size = 2,
                                                      .boxes = {0, 0, 1, 1},
                                                      .features = {1, 2}})));
    }
    ASSERT_TRUE(records.finish(Quarantine()));
    ASSERT_TRUE(shard.finish());
    const trainer::RegionsInfo info{.extractor = "windows",
                                    .feature_size = 2,
                                    .views = 1,
                                    .images = scenes.size(),
                                    .fitted_on = "train"};
    ASSERT_TRUE(write_json(folder / "regions.json", to_json(info)));
  }

  // The rewrites of a level of each caption, in tokens.
  std::map<Ids, std::set<Ids>> rewrites(const trainer::PackReader& pack, const char* level) const {
    std::map<std::string, std::string> text_of;
    EXPECT_TRUE(visit_captions(packing_.path("scenes"), [&](CaptionRecord& caption) -> Status {
      text_of[caption.id] = caption.text;
      return ok();
    }));
    std::map<Ids, std::set<Ids>> all;
    const auto lines = read_lines(rewriting_.output() / "contrasts.jsonl").value();
    for (const std::string& line : lines) {
      const Json one = parse_json(line, "contrasts.jsonl").value();
      const auto texts = one.value(level, std::vector<std::string>());
      for (const std::string& text : texts)
        all[pack.tokenizer().encode(text_of[one["caption"].get<std::string>()])].insert(
            pack.tokenizer().encode(text));
    }
    return all;
  }

  StageBench rewriting_, packing_;
};

TEST_F(RewritesToTrainer, AreTheNegativesThatItDraws) {
  const auto pack = trainer::PackReader::open(packing_.output()).value();
  const auto samples = trainer::Samples::open(pack, {.seed = 3}).value();
  const auto words = rewrites(pack, "word_negatives");
  const auto phrases = rewrites(pack, "phrase_negatives");
  EXPECT_GT(words.size(), 1000U);
  std::size_t drawn = 0;
  for (std::uint64_t n = 0; n < 200; ++n) {
    const auto pair = trainer::draw_contrast(
        samples, {.positives = 0, .negatives = 6, .sentence_share = 0}, "joint", n);
    ASSERT_TRUE(pair) << pair.error().message;
    for (const Ids& negative : pair->negatives) {
      const auto is_of = [&](const std::map<Ids, std::set<Ids>>& all) {
        const auto found = all.find(pair->text);
        return found != all.end() && found->second.contains(negative);
      };
      EXPECT_TRUE(is_of(words) || is_of(phrases)) << pack.tokenizer().decode(negative);
      ++drawn;
    }
  }
  EXPECT_GT(drawn, 200U * 5);
}

TEST_F(RewritesToTrainer, AreLeftOutLevelByLevel) {
  const auto pack = trainer::PackReader::open(packing_.output()).value();
  const auto samples = trainer::Samples::open(pack, {.seed = 3}).value();
  const auto words = rewrites(pack, "word_negatives");
  for (std::uint64_t n = 0; n < 100; ++n) {
    const auto pair = trainer::draw_contrast(
        samples, {.positives = 0, .negatives = 4, .sentence_share = 0, .phrase_share = 0}, "joint",
        n);
    ASSERT_TRUE(pair) << pair.error().message;
    for (const Ids& negative : pair->negatives)
      EXPECT_TRUE(words.at(pair->text).contains(negative));
  }
}

}  // namespace
}  // namespace unimo::stages
