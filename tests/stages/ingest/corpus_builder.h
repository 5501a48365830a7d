// Tiny corpora for the tests: pictures of a given size and COCO JSON around them.
#pragma once

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {

inline std::string jpeg(int width, int height) {
  const cv::Mat picture(height, width, CV_8UC3, cv::Scalar(40, 120, 200));
  std::vector<uchar> bytes;
  cv::imencode(".jpg", picture, bytes);
  return {bytes.begin(), bytes.end()};
}

// Pictures 1, 2, … with a file, one caption and one box each; tests break what they are about.
struct CocoBuilder {
  explicit CocoBuilder(int images) {
    for (int id = 1; id <= images; ++id) {
      const std::string name = fmt::format("COCO_train2014_{:012}.jpg", id);
      captions["images"].push_back(
          {{"id", id}, {"file_name", name}, {"width", 40}, {"height", 30}});
      captions["annotations"].push_back(
          {{"id", 10 * id}, {"image_id", id}, {"caption", fmt::format("Thing {}.", id)}});
      instances["annotations"].push_back({{"id", 100 * id},
                                          {"image_id", id},
                                          {"category_id", 7},
                                          {"bbox", {1.5, 2, 10, 20}},
                                          {"iscrowd", 0}});
    }
    instances["images"] = captions["images"];
    instances["categories"].push_back({{"id", 7}, {"name", "cat"}});
  }

  void write(StageBench& bench) const {
    bench.write("captions_train2014.json", captions.dump());
    bench.write("instances_train2014.json", instances.dump());
    for (const Json& image : captions["images"]) {
      if (!image.contains("file_name") || !image["file_name"].is_string()) continue;
      const std::filesystem::path path =
          std::filesystem::path("images") / image["file_name"].get<std::string>();
      if (!std::filesystem::exists(bench.path(path))) bench.write(path, jpeg(40, 30));
    }
    bench.input("captions", "captions_train2014.json");
    bench.input("instances", "instances_train2014.json");
    bench.input("images", "images");
  }

  Json captions = {{"info", {{"year", 2014}}}, {"type", "captions"}};
  Json instances = {{"info", {{"year", 2014}}}};
};

}  // namespace unimo::stages
