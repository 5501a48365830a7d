// Records of drawn scenes, discs and squares on noise: what a small detector learns from in
// seconds.
#pragma once

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/detector.h"
#include "tests/stages/stage_bench.h"
#include "trainer/data/random.h"

namespace unimo::stages {

inline std::string encoded(const cv::Mat& image) {
  std::vector<unsigned char> bytes;
  cv::imencode(".png", image, bytes);
  return {bytes.begin(), bytes.end()};
}

// A disc or a square, red or blue, in a picture of 64 × 64.
struct DrawnScene {
  std::string bytes;
  std::vector<Region> regions;
};

inline DrawnScene drawn_scene(std::uint64_t number) {
  trainer::Random random({.seed = 11, .stream = trainer::stream_of("scene"), .sample = number});
  cv::Mat image(64, 64, CV_8UC3, cv::Scalar(90, 110, 100));
  const bool is_disc = random.below(2) == 0, is_red = random.below(2) == 0;
  const int half = static_cast<int>(random.between(9, 13));
  const int x = static_cast<int>(random.between(half, 63 - half));
  const int y = static_cast<int>(random.between(half, 63 - half));
  const cv::Scalar colour = is_red ? cv::Scalar(20, 20, 220) : cv::Scalar(220, 40, 20);
  if (is_disc) {
    cv::circle(image, {x, y}, half, colour, cv::FILLED);
  } else {
    cv::rectangle(image, {x - half, y - half}, {x + half, y + half}, colour, cv::FILLED);
  }
  const std::array<double, 4> box = {static_cast<double>(x - half), static_cast<double>(y - half),
                                     static_cast<double>(x + half + 1),
                                     static_cast<double>(y + half + 1)};
  return {encoded(image), {{box, is_disc ? "disc" : "square", {is_red ? "red" : "blue"}}}};
}

// `train` pictures, then `val`.
inline void write_scenes(const StageBench& bench, int train, int val) {
  auto writer = RecordsWriter::create(bench.path("records"), "test").value();
  for (int i = 0; i < train + val; ++i) {
    const DrawnScene scene = drawn_scene(static_cast<std::uint64_t>(i));
    ASSERT_TRUE(writer.add_image({.id = std::to_string(i),
                                  .width = 64,
                                  .height = 64,
                                  .split = i < train ? "train" : "val",
                                  .regions = scene.regions},
                                 scene.bytes, "png"));
  }
  ASSERT_TRUE(writer.finish(Quarantine{}));
}

inline trainer::DetectorRules small_picture_rules() {
  trainer::DetectorRules rules;
  rules.short_side = rules.long_side = 64;
  rules.min_size = 4;
  rules.bins = 5;
  rules.proposals = 20;
  rules.min_regions = 2;
  rules.max_regions = 6;
  return rules;
}

inline DetectorParams small_detector_params(std::int64_t steps) {
  DetectorParams params;
  params.rules = small_picture_rules();
  params.training.shape = {.blocks = {1, 1, 1, 1},
                           .stem = 8,
                           .width = 4,
                           .proposal_hidden = 16,
                           .ratios = {1},
                           .scales = {1, 1.6},
                           .embedding = 4,
                           .attribute_hidden = 8};
  params.training.images = 4;
  params.training.proposals = {.anchors = 24, .scored_proposals = 100, .proposals = 30};
  params.training.regions = {.regions = 12};
  params.train.optimizer = {.kind = "adamw", .lr = 4e-3, .clip_norm = 5};
  params.train.schedule = {.kind = "cosine", .warmup = 0.1, .continuous = true};
  params.train.steps = steps;
  params.train.checkpoint_every = 4;
  return params;
}

}  // namespace unimo::stages
