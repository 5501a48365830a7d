// What a detection has finished, in parts that outlive a stopped attempt: part-000012.shard with
// the records of a stretch of images, part-000012.json with those of its images that could not be
// used.
//
// A part is there, synced, or not there; one that is damaged counts as not there and is made again.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/ingest/quarantine.h"
#include "trainer/data/shard.h"

namespace unimo::stages {

struct DetectedPart {
  std::vector<std::vector<std::byte>> records;  // encoded regions, in the order of the images
  std::vector<Quarantine::Entry> bad;
};

// One thread.
class DetectedParts {
 public:
  explicit DetectedParts(std::filesystem::path folder) : folder_(std::move(folder)) {}

  bool is_done(std::size_t part) const;
  Status write(std::size_t part, const DetectedPart& content) const;
  // Adds a finished part to the artifact and to what is told of bad images.
  Status append(std::size_t part, trainer::ShardWriter& shard, Quarantine& quarantine) const;

 private:
  std::filesystem::path file(std::size_t part, std::string_view ending) const;
  std::filesystem::path folder_;
};

}  // namespace unimo::stages
