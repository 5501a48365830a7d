#include <gtest/gtest.h>

#include <set>

#include "orchestrator/base/json.h"
#include "tests/stages/pretrain/stage_process.h"

namespace unimo::stages {
namespace {

using unimo::testing::StageWorld;
using unimo::testing::tiny_pretrain_params;

class Predict : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(world_.run("model", "pretrain", tiny_pretrain_params(4), {{"data", world_.pack()}}),
              0)
        << world_.error("model");
  }
  int predict(const std::string& name, const Json& params) {
    return world_.run(name, "predict", params,
                      {{"data", world_.pack()}, {"checkpoint", world_.output("model")}});
  }
  StageWorld world_;
};

TEST_F(Predict, GivesEveryImageOneCaption) {
  ASSERT_EQ(predict("a", {{"task", "coco_caption"},
                          {"beam", {{"beam", 2}, {"min_length", 2}, {"max_length", 8}}}}),
            0)
      << world_.error("a");
  const Json list = read_json(world_.output("a") / "captions.json").value();
  std::set<std::string> ids;
  for (const Json& entry : list) ids.insert(entry["image_id"].get<std::string>());
  EXPECT_EQ(list.size(), 10u);
  EXPECT_EQ(ids.size(), 10u);
  EXPECT_TRUE(ids.contains("image40"));
  EXPECT_EQ(read_json(world_.output("a") / "predictions.json").value()["format"],
            "unimo.predictions");
}

TEST_F(Predict, GivesEveryPairOneScore) {
  for (const char* scoring : {"dual", "joint", "dual_then_joint"}) {
    ASSERT_EQ(predict("a", {{"scoring", scoring}, {"rerank_top", 3}, {"likelihood_weight", 0.1}}),
              0)
        << world_.error("a");
    EXPECT_EQ(std::filesystem::file_size(world_.output("a") / "similarity.f32"),
              10u * 20u * sizeof(float));
    const Json index = read_json(world_.output("a") / "index.json").value();
    EXPECT_EQ(index["images"].size(), 10u);
    EXPECT_EQ(index["captions"].size(), 20u);
    EXPECT_EQ(index["image_of_caption"][19], 9);
  }
}

TEST_F(Predict, SaysTheSameTwice) {
  ASSERT_EQ(predict("a", {{"task", "flickr30k"}}), 0);
  ASSERT_EQ(predict("b", {{"task", "flickr30k"}}), 0);
  EXPECT_EQ(world_.digest("a"), world_.digest("b"));
}

TEST_F(Predict, NamesTheSplitsItCouldHave) {
  EXPECT_EQ(predict("a", {{"split", "test"}}), 1);
  EXPECT_NE(world_.error("a").find("it knows train, val"), std::string::npos) << world_.error("a");
}

TEST_F(Predict, RefusesATornCheckpoint) {
  std::filesystem::resize_file(world_.output("model") / "model.safetensors", 1000);
  EXPECT_EQ(predict("a", {{"task", "flickr30k"}}), 1);
  EXPECT_NE(world_.error("a").find("model.safetensors"), std::string::npos) << world_.error("a");
}

}  // namespace
}  // namespace unimo::stages
