// Pictures that are told apart, and lists of what fetching them gave.
#pragma once

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "orchestrator/base/hash.h"
#include "orchestrator/base/json.h"
#include "stages/ingest/image_tar.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {

// Of one colour; equal arguments give equal bytes.
inline std::string picture(int width, int height, int shade, const char* ending = ".jpg") {
  const cv::Mat pixels(height, width, CV_8UC3, cv::Scalar(shade, 120, 200));
  std::vector<uchar> bytes;
  cv::imencode(ending, pixels, bytes);
  return {bytes.begin(), bytes.end()};
}

// An artifact of fetch.images in the folder `name` of a bench.
class FetchedFolder {
 public:
  FetchedFolder(const StageBench& bench, const std::string& name)
      : bench_(bench), name_(name), writer_((make(), bench.path(name))) {}

  void ok(std::int64_t row, const std::string& url, const std::string& bytes) {
    const TarPlace place = writer_.add_picture(bytes, "jpg").value();
    ASSERT_TRUE(writer_.add_record("{}"));
    add({{"row", row},
         {"url", url},
         {"status", "ok"},
         {"file", place.file},
         {"offset", place.offset},
         {"size", place.size},
         {"sha256", sha256_hex(bytes)}});
  }
  void failed(std::int64_t row, const std::string& url, const std::string& status) {
    add({{"row", row}, {"url", url}, {"status", status}});
  }
  void add(const Json& line) { lines_ += line.dump() + "\n"; }
  void finish() {
    ASSERT_TRUE(writer_.finish());
    bench_.write(std::filesystem::path(name_) / "outcomes.jsonl", lines_);
  }

 private:
  void make() { std::filesystem::create_directories(bench_.path(name_)); }
  const StageBench& bench_;
  std::string name_, lines_;
  ImageTarWriter writer_;
};

}  // namespace unimo::stages
