// What the captions of one picture say, and what is likely to be there although none says it.
//
//   PictureWords said(vocabulary, candidates, companion_lift);
//   said.start(readings, image);                // for each picture
//   if (const auto rule = said.object(word)) …  // refused
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/rewrites/candidates.h"

namespace unimo::stages {

// One thread.
class PictureWords {
 public:
  PictureWords(const Vocabulary& vocabulary, const Candidates& candidates, double companion_lift);

  // `captions` are readings of the image's.
  void start(std::span<const CaptionReading> captions, const ImageCaptions& image);

  // Why a word must not be put into a caption of this picture.
  std::optional<Rule> object(WordId word) const { return objects_.rule(word); }
  std::optional<Rule> attribute(WordId word) const { return attributes_.rule(word); }
  std::optional<Rule> verb(WordId word) const { return verbs_.rule(word); }
  // Whether a caption has this preposition before this object, or one of its kind.
  bool says(std::string_view preposition, std::string_view object) const;
  // Whether more than one thing of this kind is there, as far as one caption or the labels tell.
  bool has_several(WordId object) const { return several_.rule(object).has_value(); }

 private:
  // Marks that a new picture wipes out at no cost.
  class Marks {
   public:
    explicit Marks(std::size_t size) : marks_(size) {}
    void start() { ++now_; }
    void set(WordId word, Rule rule) {
      if (marks_[word] / kRules != now_)
        marks_[word] = now_ * kRules + static_cast<std::uint64_t>(rule);
    }
    std::optional<Rule> rule(WordId word) const {
      if (marks_[word] / kRules != now_) return std::nullopt;
      return static_cast<Rule>(marks_[word] % kRules);
    }

   private:
    std::vector<std::uint64_t> marks_;
    std::uint64_t now_ = 0;
  };

  void say(std::string_view word);
  void say_label(std::string_view label);
  void count_again();
  void count(std::string_view object, int things);
  void add_words(const CaptionReading& caption);
  void add_companions(const CaptionReading& caption);

  const Vocabulary& vocabulary_;
  const Candidates& candidates_;
  double companion_lift_;
  Marks objects_, attributes_, verbs_, several_;
  std::vector<int> things_;      // of each object, in the caption or the labels at hand
  std::vector<WordId> counted_;  // those of which there are any
  std::vector<std::pair<std::string, std::string>> places_;  // preposition, head of the object
};

}  // namespace unimo::stages
