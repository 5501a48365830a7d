// Whether a caption of another picture says anything that the captions of this one do not: only
// then it is wrong here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace unimo::stages {

// Words are compared by Porter's stems ("runs", "running"); articles, prepositions, pronouns and
// auxiliaries do not count. Immutable; may be used from several threads.
class NewWords {
 public:
  explicit NewWords(std::span<const std::string> texts);

  // How many different words of the text none of `known` has.
  std::size_t count(std::uint32_t text, std::span<const std::uint32_t> known) const;

 private:
  std::span<const std::uint32_t> stems_of(std::uint32_t text) const {
    return std::span(stems_).subspan(begins_[text], begins_[text + 1] - begins_[text]);
  }
  std::vector<std::uint32_t> stems_;  // of each text, ascending, each once
  std::vector<std::size_t> begins_ = {0};
};

}  // namespace unimo::stages
