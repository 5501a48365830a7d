// The record of one picture's regions (schema `regions` of docs/formats.md): boxes, features, class
// guesses, and, where the extractor has them, attribute guesses.
//
// `RegionRecord` owns its numbers and is what writers fill. `RegionView` points into a record's
// bytes and is what training reads: it costs a parse of the lengths, the numbers are converted when
// asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"

namespace unimo::trainer {

struct RegionRecord {
  std::string id;                         // of the image
  std::string split;                      // "train", "val", "test", …
  std::uint32_t view = 0;                 // 0: the picture, 1: mirrored
  std::uint32_t width = 0, height = 0;    // of the picture, pixels
  std::uint32_t count = 0;                // regions n
  std::uint32_t feature_size = 0;         // D
  std::uint32_t top_k = 0;                // classes kept for each region
  std::vector<float> boxes;               // [n, 4]: x1/W, y1/H, x2/W, y2/H
  std::vector<float> features;            // [n, D]; stored as halves
  std::vector<std::uint16_t> classes;     // [n, k], most probable first
  std::vector<float> probabilities;       // [n, k]; stored as halves
  std::uint32_t top_attributes = 0;       // attributes a kept for each region; 0: none are stored
  std::vector<std::uint16_t> attributes;  // [n, a], most probable first
  std::vector<float> attribute_probabilities;  // [n, a]; stored as halves
};

// kInvalid, naming the image, where a size does not fit, a box leaves the picture, or a number is
// not finite or too large for a half (65504).
Result<std::vector<std::byte>> encode_regions(const RegionRecord& record);

class RegionView {
 public:
  // `origin` names the record in an error ("regions.shard: record 3"). The view lives as long as
  // `bytes`.
  static Result<RegionView> parse(std::span<const std::byte> bytes, std::string_view origin);

  std::string_view id() const { return id_; }
  std::string_view split() const { return split_; }
  std::uint32_t view() const { return view_; }
  std::uint32_t width() const { return width_; }
  std::uint32_t height() const { return height_; }
  std::uint32_t count() const { return count_; }
  std::uint32_t feature_size() const { return feature_size_; }
  std::uint32_t top_k() const { return top_k_; }
  std::uint32_t top_attributes() const { return top_attributes_; }

  // Each fills the caller's span, whose size must be the product of the shape.
  void boxes(std::span<float> out) const;                    // [n, 4]
  void features(std::span<float> out) const;                 // [n, D]
  void classes(std::span<std::uint16_t> out) const;          // [n, k]
  void probabilities(std::span<float> out) const;            // [n, k]
  void attributes(std::span<std::uint16_t> out) const;       // [n, a]
  void attribute_probabilities(std::span<float> out) const;  // [n, a]
  // The features of the first `rows` regions alone: [rows, D].
  void first_features(std::uint32_t rows, std::span<float> out) const;

  RegionRecord decode() const;

 private:
  std::string_view id_, split_;
  std::uint32_t view_ = 0, width_ = 0, height_ = 0, count_ = 0, feature_size_ = 0, top_k_ = 0,
                top_attributes_ = 0;
  std::span<const std::byte> boxes_, features_, classes_, probabilities_, attributes_,
      attribute_probabilities_;
};

// `regions.json` beside `regions.shard`.
struct RegionsInfo {
  std::string extractor;
  std::uint32_t feature_size = 0;
  std::vector<std::string> classes;
  std::vector<std::string> attributes;  // empty: the records have none
  std::uint32_t views = 1;
  std::uint64_t images = 0;
  std::string fitted_on;
};

Result<RegionsInfo> read_regions_info(const std::filesystem::path& path);
Json to_json(const RegionsInfo& info);

}  // namespace unimo::trainer
