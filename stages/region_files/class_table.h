// The classes of a regions artifact: "__background__", then the vocabulary; and the surest classes
// of each region out of numbers, names or distributions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/region_files/region_row.h"
#include "trainer/data/regions.h"

namespace unimo::stages {

// Lines of objects_vocab.txt or attributes_vocab.txt: synonyms between commas, the first is the one
// that is shown. An empty line is kInvalid: numbers are numbers of lines.
Result<std::vector<std::vector<std::string>>> read_vocabulary(const std::filesystem::path& path);

class ClassTable {
 public:
  struct Options {
    std::int64_t top_k = 10;  // 0: no classes; negative: the whole distribution
    bool background_last = false;
  };
  // No vocabulary: rows that have classes are bad unless top_k is 0.
  static Result<ClassTable> make(std::vector<std::vector<std::string>> vocabulary,
                                 const Options& options);

  bool empty() const { return names_.empty(); }
  const std::vector<std::string>& names() const { return names_; }

  // Fills top_k, classes and probabilities of the record of the same regions, the surest first,
  // among equally sure ones the first of the vocabulary. A text: why it cannot.
  std::optional<std::string> guess(const RegionRow& row, trainer::RegionRecord& record) const;

 private:
  std::optional<std::string> of_distribution(const RegionRow& row,
                                             trainer::RegionRecord& record) const;
  std::optional<std::string> of_numbers(const RegionRow& row, trainer::RegionRecord& record) const;
  std::optional<std::string> of_labels(const RegionRow& row, trainer::RegionRecord& record) const;

  Options options_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint16_t> numbers_;  // of every synonym; looked up only
};

}  // namespace unimo::stages
