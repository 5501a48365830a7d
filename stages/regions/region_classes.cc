#include "stages/regions/region_classes.h"

#include <algorithm>
#include <cctype>

namespace unimo::stages {

namespace {

// An annotator is nearly always right; the rest keeps the distribution free of zeros.
constexpr float kLabelShare = 0.9F;

std::string lower_case(std::string_view text) {
  std::string lower;
  for (const char c : text) {
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return lower;
}

// The word that a label is, when it is one word.
std::int64_t word_of(const WordList& words, const std::string& label) {
  const auto parts = caption_words(label);
  return parts.size() == 1 ? words.find(parts.front().stem) : -1;
}

}  // namespace

Result<RegionClasses> RegionClasses::make(const WordList& words, std::vector<std::string> labels) {
  RegionClasses classes;
  classes.words_ = words;
  classes.names_ = words.names;
  for (const std::string& label : labels) {
    const std::string lower = lower_case(label);
    if (!lower.empty() && word_of(words, lower) < 0) classes.extra_.push_back(lower);
  }
  std::ranges::sort(classes.extra_);
  const auto repeated = std::ranges::unique(classes.extra_);
  classes.extra_.erase(repeated.begin(), repeated.end());
  classes.names_.insert(classes.names_.end(), classes.extra_.begin(), classes.extra_.end());
  if (classes.names_.size() > 65535) {
    return fail(ErrorCode::kInvalid,
                "{} words and {} box labels make more than 65535 classes; lower words.max_words or "
                "set use_boxes: false",
                words.names.size(), classes.extra_.size());
  }
  return classes;
}

std::int64_t RegionClasses::find(std::string_view label) const {
  const std::string lower = lower_case(label);
  const std::int64_t word = word_of(words_, lower);
  if (word >= 0) return word;
  const auto found = std::ranges::lower_bound(extra_, lower);
  if (found == extra_.end() || *found != lower) return -1;
  return static_cast<std::int64_t>(words_.names.size()) + (found - extra_.begin());
}

void put_label_first(std::uint16_t label, std::span<std::uint16_t> classes,
                     std::span<float> probabilities) {
  if (classes.empty()) return;
  // The label's old place, or the least likely guess, makes room at the front.
  const auto old = std::ranges::find(classes, label);
  const auto place = old != classes.end() ? old - classes.begin()
                                          : static_cast<std::ptrdiff_t>(classes.size()) - 1;
  std::rotate(classes.begin(), classes.begin() + place, classes.begin() + place + 1);
  std::rotate(probabilities.begin(), probabilities.begin() + place,
              probabilities.begin() + place + 1);
  classes[0] = label;
  probabilities[0] = kLabelShare;
  for (float& probability : probabilities.subspan(1)) probability *= 1 - kLabelShare;
}

}  // namespace unimo::stages
