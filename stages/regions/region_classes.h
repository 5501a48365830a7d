// The classes of regions: words of captions, then labels of annotated boxes that are no such word.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/regions/caption_words.h"

namespace unimo::stages {

class RegionClasses {
 public:
  // `labels` in any order, with repetitions. More than 65,535 classes are an error.
  static Result<RegionClasses> make(const WordList& words, std::vector<std::string> labels);
  const std::vector<std::string>& names() const { return names_; }
  // Number of the class of a label; -1 when there is none.
  std::int64_t find(std::string_view label) const;

 private:
  WordList words_;
  std::vector<std::string> names_;
  std::vector<std::string> extra_;  // sorted; their numbers follow the words'
};

// Overwrites one region's guesses: the annotated class is likeliest, what was guessed keeps the
// rest.
void put_label_first(std::uint16_t label, std::span<std::uint16_t> classes,
                     std::span<float> probabilities);

}  // namespace unimo::stages
