// What a feature file says of one picture: boxes, features and classes of its regions, in float32
// and as they came, so that what was read can be written again bit by bit.
//
// `ParsedRow` is a row or the reason why there is none. `RowParser` takes columns apart and keeps
// the first mistake, so that a reader of a format is a list of columns.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

struct RegionRow {
  std::string id;                              // of the picture, as the file has it
  std::int64_t width = 0, height = 0;          // of the picture, pixels; 0: the file does not say
  std::int64_t count = 0;                      // regions n
  std::int64_t feature_size = 0;               // D
  std::int64_t class_count = 0;                // C of the distribution; 0: there is none
  std::int64_t attribute_count = 0;            // A, the same of attributes
  bool shares = false;                         // boxes are shares of the picture, not pixels
  std::vector<float> boxes;                    // [n, 4]: x1, y1, x2, y2
  std::vector<float> features;                 // [n, D]
  std::vector<float> class_probabilities;      // [n, C]
  std::vector<float> attribute_probabilities;  // [n, A]
  std::vector<std::int64_t> class_ids;         // [n] or none: lines of the vocabulary from 0
  std::vector<float> class_confidences;        // [n] or none
  std::vector<std::int64_t> attribute_ids;     // [n] or none
  std::vector<float> attribute_confidences;    // [n] or none
  std::vector<std::string> labels;             // [n] or none: names of classes
  bool operator==(const RegionRow&) const = default;
};

struct ParsedRow {
  RegionRow row;       // of a bad row: what was read, at best its id
  std::string reason;  // one lower_case word for the quarantine; empty: the row is good
  std::string detail;
  bool good() const { return reason.empty(); }
};

// Regions of a picture, and numbers of a feature, beyond which a row is taken for damaged.
inline constexpr std::int64_t kMostRegions = 100'000, kMostFeature = 65'536;

class RowParser {
 public:
  RegionRow& row() { return parsed_.row; }
  bool good() const { return parsed_.good(); }

  // Keeps the first mistake.
  void wrong(std::string_view reason, std::string detail);

  void id(std::string_view text);  // bad_id: empty, no UTF-8, or with control characters
  // bad_number: no whole number, or not in [low, high].
  std::int64_t number(std::string_view text, std::string_view what, std::int64_t low,
                      std::int64_t high);
  std::int64_t size(std::string_view text, std::string_view what);  // of a picture, pixels
  void regions(std::string_view text);                              // the number of them

  // Base64 of n × `per_region` little-endian numbers; base64 or bad_length otherwise, not_finite.
  void floats(std::string_view text, std::string_view what, std::int64_t per_region,
              std::vector<float>& values);
  // The same where the file does not say how many a region has: gives that number.
  std::int64_t floats(std::string_view text, std::string_view what, std::vector<float>& values);
  void whole_numbers(std::string_view text, std::string_view what,
                     std::vector<std::int64_t>& values);

  // not_finite, naming region and number.
  void check_finite(std::span<const float> values, std::string_view what);

  ParsedRow take() { return std::move(parsed_); }

 private:
  // A base64 column into values, when it has as many: n × per_region of them, or any number for
  // each region where that is negative.
  template <class T>
  void column(std::string_view text, std::string_view what, std::int64_t per_region,
              std::vector<T>& values);
  ParsedRow parsed_;
};

// Base64 of the numbers as they lie in memory.
std::string base64_of(std::span<const float> values);
std::string base64_of(std::span<const std::int64_t> values);

// kInvalid where the lists of a row have not the lengths that its counts say: what a writer checks.
Status check_row(const RegionRow& row);

}  // namespace unimo::stages
