// What goes into a pack: images that have regions, their captions, and texts, from many records
// artifacts.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/pack/region_sources.h"
#include "trainer/data/pack.h"

namespace unimo::stages {

// Every pack numbers the splits alike.
inline constexpr std::array<std::string_view, 5> kPackSplits = {"train", "val", "test", "restval",
                                                                "unlabeled"};
// The number of a known split.
std::uint32_t split_number(std::string_view split);

struct Pairs {
  std::vector<trainer::PackedImage> images;
  std::vector<trainer::PackedCaption> captions;  // still without ids and negatives
  std::int64_t excluded_images = 0;
  std::int64_t unused_regions = 0;  // images that have regions but are in no records artifact
};

// In the order of the artifacts and of their files. An image without regions goes to quarantine
// with its captions; ids that two artifacts share are kInvalid.
Result<Pairs> collect_pairs(std::span<const InputItem> artifacts, const RegionSources& regions,
                            const std::set<std::string>& excluded, Quarantine& quarantine);

// A text, or a document with its sentences.
struct SourceText {
  DocumentRecord record;  // of a text: id, text and split
  bool is_document = false;
  std::string place;  // for the quarantine: "texts.jsonl:12"; the artifact of a document
};

// Calls `use`, which may move from it, for each text and then each document of each artifact, one
// in memory at a time; stops at the first Error of `use`. An artifact without texts and without
// documents is kNotFound.
Status for_each_text(std::span<const InputItem> artifacts,
                     const std::function<Status(SourceText& text)>& use);

// Image ids of text files, one a line; blank lines are skipped.
Result<std::set<std::string>> read_excluded(std::span<const InputItem> files);

}  // namespace unimo::stages
