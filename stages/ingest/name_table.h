// The names of classes or attributes, and which number a label of a record has.
//
// Names are compared in lower case and without blanks around them. A vocabulary file has one name a
// line with its synonyms behind commas, as Visual Genome's objects_vocab.txt: all of them have the
// number of the line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/schema/detector.h"

namespace unimo::stages {

class NameTable {
 public:
  NameTable() = default;
  // kInvalid, naming file and line, for an empty name or one that stands in two lines.
  static Result<NameTable> read(const std::filesystem::path& file);
  // The most frequent names, the most frequent first, equal ones by name.
  static NameTable of_counts(const std::map<std::string, std::int64_t>& counts,
                             const NameCount& rules);

  int size() const { return static_cast<int>(lines_.size()); }
  const std::vector<std::string>& lines() const { return lines_; }
  std::string_view name(int number) const;  // the first of its line
  std::optional<int> find(std::string_view label) const;
  Status write(const std::filesystem::path& file) const;

 private:
  Status add_line(const std::filesystem::path& file, std::string line);
  std::vector<std::string> lines_;
  std::map<std::string, int, std::less<>> numbers_;
};

// As names are compared.
std::string plain_name(std::string_view label);

}  // namespace unimo::stages
