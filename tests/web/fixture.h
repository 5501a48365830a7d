// A store as real runs leave it: five runs of one experiment, with curves, caching, a failure, a
// run in progress, pictures with regions, captions and predictions. For the tests of the dashboard
// and for looking at it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::web {

struct FixtureOptions {
  std::filesystem::path photos;  // folder with .jpg files; empty or absent: drawn pictures
  std::size_t images = 24;
  std::int64_t now_ms = 1'760'000'000'000;  // when the newest run began
  std::int64_t long_steps = 600;            // points of the training curves
};

// What the tests ask about.
struct Fixture {
  std::string first, second, failed, interrupted, running;  // runs
  std::string records;                                      // digests of artifacts
  std::string regions;
  std::string books;  // documents and examples
  std::string captions;
  std::string retrieval;
  std::string report;
  std::string image_file;  // a path in `records`
};

// Fills an empty folder.
Result<Fixture> make_fixture(const std::filesystem::path& root, const FixtureOptions& options);

}  // namespace unimo::web
