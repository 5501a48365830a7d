// Captions in other words: to another language and back, by several pairs of translators. What says
// no more than its source, and what was there already, is left out and counted.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/schema/translation.h"
#include "trainer/translator/checkpoint.h"
#include "trainer/translator/translate.h"

namespace unimo::stages {

// Lower case without punctuation, words joined by single blanks: two texts are the same sentence
// when these are equal. Letters and digits of any script stay.
std::string normalised_sentence(std::string_view text);

struct SourceCaption {
  std::string id, text;
};

// One way there and back of one caption.
struct BackTranslation {
  int pivot = 0;
  std::string pivot_text, text;
  double pivot_score = 0, score = 0;
  std::string fate;  // "kept", "same", "repeated", "empty", "surplus"
};

struct BackTranslated {
  std::vector<BackTranslation> all;    // pivot by pivot, the best first
  std::vector<std::string> positives;  // those that were kept
};

struct BackTranslationCounts {
  std::int64_t captions = 0;
  std::int64_t translations = 0;
  std::int64_t kept = 0;
  std::int64_t same = 0;                // as the caption, after normalisation
  std::int64_t repeated = 0;            // as one that was kept, after normalisation
  std::int64_t empty = 0;               // no word; also a pivot text without one
  std::int64_t surplus = 0;             // more than wanted
  std::int64_t without = 0;             // captions without a positive
  std::int64_t unfinished = 0;          // translations of either way cut at max_length
  std::int64_t shortened_captions = 0;  // longer than a translator reads
  Json to_json() const;
};

struct Pivot {
  trainer::LoadedTranslator forward, backward;
};

// Translates captions; calls must not overlap.
class BackTranslator {
 public:
  // The pivots must outlive it.
  BackTranslator(std::span<Pivot> pivots, const BackTranslateParams& params, std::uint64_t seed)
      : pivots_(pivots), params_(params), seed_(seed) {}

  // One answer for each caption. It depends on the caption (by sampling also on its id) alone.
  Result<std::vector<BackTranslated>> translate(std::span<const SourceCaption> captions);
  const BackTranslationCounts& counts() const { return counts_; }

 private:
  Status through(int number, std::span<const SourceCaption> captions,
                 std::vector<BackTranslated>& found);
  trainer::TranslateOptions options(const trainer::TranslationSearchConfig& search,
                                    std::int64_t results, int salt) const;
  void choose(const SourceCaption& caption, BackTranslated& found);

  std::span<Pivot> pivots_;
  BackTranslateParams params_;
  std::uint64_t seed_;
  BackTranslationCounts counts_;
};

}  // namespace unimo::stages
