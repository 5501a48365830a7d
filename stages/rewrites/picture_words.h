// What the captions of one picture say, and what is likely to be there although none says it.
//
//   PictureWords said(vocabulary, candidates, companion_lift);
//   said.start(readings, image.labels);      // for each picture
//   if (const auto rule = said.objects(word)) …  // refused
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

  // `labels`: names and attributes of what else is known to be in the picture, in lower case.
  void start(std::span<const CaptionReading> captions, std::span<const std::string> labels);

  // Why a word must not be put into a caption of this picture.
  std::optional<Rule> object(WordId word) const { return objects_.rule(word); }
  std::optional<Rule> attribute(WordId word) const { return attributes_.rule(word); }
  std::optional<Rule> verb(WordId word) const { return verbs_.rule(word); }
  // Whether a caption has this preposition before this object, or one of its kind.
  bool says(std::string_view preposition, std::string_view object) const;

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
  void add_words(const CaptionReading& caption);
  void add_companions(const CaptionReading& caption);

  const Vocabulary& vocabulary_;
  const Candidates& candidates_;
  double companion_lift_;
  Marks objects_, attributes_, verbs_;
  std::vector<std::pair<std::string, std::string>> places_;  // preposition, head of the object
};

}  // namespace unimo::stages
