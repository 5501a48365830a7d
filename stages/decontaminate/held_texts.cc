#include "stages/decontaminate/held_texts.h"

#include <algorithm>
#include <optional>

namespace unimo::stages {

namespace {

// Any odd number with well mixed bits: the hash of a run is sum of word[i] * kBase^(n - 1 - i).
constexpr std::uint64_t kBase = 0x9E3779B97F4A7C15ULL;

// The finaliser of MurmurHash3: every bit of the key depends on every bit of the sum.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 33) * 0xFF51AFD7ED558CCDULL;
  value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53ULL;
  return value ^ value >> 33;
}

}  // namespace

// The hash of any run of words in two steps.
struct HeldTexts::Sums {
  explicit Sums(std::span<const MatchingWord> words)
      : sums(words.size() + 1), letters(sums.size()) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      sums[i + 1] = sums[i] * kBase + words[i].hash;
      letters[i + 1] = letters[i] + (words[i].has_letter ? 1 : 0);
    }
  }
  std::optional<std::uint64_t> key(std::size_t first, std::size_t n, std::uint64_t power) const {
    if (2 * (letters[first + n] - letters[first]) < n) return std::nullopt;
    return mixed(sums[first + n] - sums[first] * power + n);
  }
  static std::uint64_t power(std::size_t n) {
    std::uint64_t result = 1;
    for (std::size_t i = 0; i < n; ++i) result *= kBase;
    return result;
  }
  std::vector<std::uint64_t> sums;
  std::vector<std::size_t> letters;
};

HeldTexts::HeldTexts(const Options& options) : options_(options) {}

void HeldTexts::add(std::string_view benchmark, std::string_view id, std::string_view text) {
  matching_words(text, words_);
  const std::size_t n = std::min(words_.size(), options_.words);
  if (n == 0 || (n < options_.words && (options_.short_words == 0 || n < options_.short_words)))
    return;
  const Sums sums(words_);
  if (!seen_.insert(mixed(sums.sums.back() + words_.size())).second) return;
  auto name = std::find(benchmarks_.begin(), benchmarks_.end(), benchmark);
  if (name == benchmarks_.end()) name = benchmarks_.emplace(name, benchmark);
  const auto number = static_cast<std::uint32_t>(origins_.size());
  origins_.push_back({static_cast<std::uint32_t>(name - benchmarks_.begin()), ids_.size()});
  ids_ += id;
  const std::uint64_t power = Sums::power(n);
  for (std::size_t first = 0; first + n <= words_.size(); ++first) {
    if (const auto key = sums.key(first, n, power)) grams_.add(*key, number);
  }
  lengths_.insert(n);
}

void HeldTexts::build() { phrases_ = grams_.build(options_.common); }

std::vector<TextMatch> HeldTexts::find(std::string_view text,
                                       std::vector<MatchingWord>& words) const {
  std::vector<TextMatch> matches;
  if (lengths_.empty()) return matches;
  matching_words(text, words);
  if (words.size() < *lengths_.begin()) return matches;
  const Sums sums(words);
  struct Run {
    std::size_t begin = 0, end = 0;  // words
    std::uint32_t text = 0;
  };
  std::vector<Run> runs;
  for (const std::size_t n : lengths_) {
    const std::uint64_t power = Sums::power(n);
    for (std::size_t first = 0; first + n <= words.size(); ++first) {
      const auto key = sums.key(first, n, power);
      const auto found = key ? grams_.find(*key) : std::nullopt;
      if (found) runs.push_back({first, first + n, *found});
    }
  }
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  std::size_t last_word = 0;
  for (const Run& run : runs) {
    if (!matches.empty() && run.begin < last_word) {
      last_word = std::max(last_word, run.end);
      matches.back().end = words[last_word - 1].end;
    } else {
      last_word = run.end;
      matches.push_back({words[run.begin].begin, words[run.end - 1].end, run.text});
    }
  }
  return matches;
}

HeldTexts::Origin HeldTexts::origin(std::uint32_t text) const {
  const Place& place = origins_[text];
  const std::size_t end = text + 1 < origins_.size() ? origins_[text + 1].begin : ids_.size();
  return {benchmarks_[place.benchmark], ids_.substr(place.begin, end - place.begin)};
}

}  // namespace unimo::stages
