// METEOR 1.5 (`-l en -norm`, ranking parameters) as the caption and question scorers call it: words
// matched by form, stem, synonym and paraphrase, precision and recall of weighted words, and a
// penalty for scattered matches.
//
//   const auto resources = UNIMO_TRY(read_meteor_resources(meteor_files(folder)));
//   const auto scores = UNIMO_TRY(meteor(items, resources, {}, threads));
//
// Source: Denkowski and Lavie, "Meteor Universal", WMT 2014, and the program meteor-1.5.jar, whose
// 23 statistics per segment are reproduced. Published scores were made with the table of
// paraphrases; without it they are lower, and called "METEOR (no paraphrases)".
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluators/meteor_matcher.h"
#include "evaluators/meteor_resources.h"
#include "evaluators/ngrams.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

constexpr std::size_t kMeteorModules = 4;

struct MeteorOptions {
  // In this order; kParaphrase is left out where the resources have no table.
  std::vector<MeteorModule> modules = {MeteorModule::kExact, MeteorModule::kStem,
                                       MeteorModule::kSynonym, MeteorModule::kParaphrase};
  std::vector<double> weights = {1.0, 0.6, 0.8, 0.6};  // of each module
  // English, task "rank".
  double alpha = 0.85;  // share of recall in the mean
  double beta = 0.20;   // exponent of the fragmentation
  double gamma = 0.60;  // most that fragmentation can take away
  double delta = 0.75;  // weight of content words; function words have 1 - delta
};

// What a segment's score is made of, and what adds up to the corpus score. All are words.
struct MeteorStatistics {
  struct Matched {
    long hypothesis_content = 0;
    long reference_content = 0;
    long hypothesis_function = 0;
    long reference_function = 0;
    bool operator==(const Matched&) const = default;
  };
  long hypothesis_words = 0;
  long reference_words = 0;
  long hypothesis_function_words = 0;
  long reference_function_words = 0;
  std::array<Matched, kMeteorModules> modules{};  // by place in MeteorOptions::modules
  long chunks = 0;
  long hypothesis_matches = 0;
  long reference_matches = 0;
  bool operator==(const MeteorStatistics&) const = default;
};

// "9.0 8.0 4.0 …": the official line of 23 numbers.
std::string to_line(const MeteorStatistics& statistics);

// 0 to 1; 0 when nothing matches.
double meteor_score(const MeteorStatistics& statistics, const MeteorOptions& options = {});

// Adds a segment to a sum. The chunk of a perfect segment is not added.
void add_to(MeteorStatistics& sum, const MeteorStatistics& segment);

struct Meteor {
  MeteorStatistics totals;
  double corpus = 0;                         // of the totals: not the mean of the segments
  std::vector<double> segments;              // in the order of the items
  std::vector<MeteorStatistics> statistics;  // of each segment, with its best reference
};

// Texts are raw: they are normalised here, `|||` in a candidate goes, and in a reference it
// separates references, as in the official protocol. Every item has a reference or more; the best
// one counts, the first of equally good ones. Fails on a segment with more than kMostMeteorMatches
// or kMostMeteorWords, naming it, and on options that do not fit together.
Result<Meteor> meteor(std::span<const CaptionItem> items, const MeteorResources& resources,
                      const MeteorOptions& options = {}, int threads = 1);

constexpr std::size_t kMostMeteorWords = 50'000;

// "meteor-1.5|lang:en|norm|…": options, and the digests of the resources.
std::string meteor_signature(std::span<const CaptionItem> items, const MeteorResources& resources,
                             const MeteorOptions& options = {});

}  // namespace unimo::eval
