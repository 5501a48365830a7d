// A small world in all formats, written once for all tests of a program.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "stages/miniworld/miniworld.h"
#include "stages/schema/miniworld.h"
#include "tests/stages/stage_bench.h"

namespace unimo::stages {

inline MiniWorld complete_world() {
  return {.images = 150,
          .val_images = 20,
          .test_images = 16,
          .image_size = 64,
          .texts = 200,
          .formats = {"all"}};
}

class CompleteWorld : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<StageBench>();
    const Status status = bench_->run(run_miniworld, complete_world());
    ASSERT_TRUE(status) << status.error().message;
  }
  static void TearDownTestSuite() { bench_ = nullptr; }

  static std::filesystem::path path(const std::string& name) { return bench_->output() / name; }
  static std::string text(const std::string& name) { return read_file(path(name)).value(); }
  static std::vector<std::string> lines(const std::string& name) {
    return read_lines(path(name)).value();
  }
  static Json json(const std::string& name) { return read_json(path(name)).value(); }
  static std::int64_t count(const std::string& name) { return bench_->count(name); }

  static std::vector<std::string> columns(const std::string& line) {
    std::vector<std::string> fields(1);
    for (const char c : line) {
      if (c == '\t') {
        fields.emplace_back();
      } else {
        fields.back() += c;
      }
    }
    return fields;
  }

  static inline std::unique_ptr<StageBench> bench_;
};

}  // namespace unimo::stages
