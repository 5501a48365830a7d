// Captions against the captions that people wrote.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/score/caption_files.h"
#include "stages/score/resources.h"
#include "stages/score/scored.h"

namespace unimo::stages {

struct CaptionScoring {
  // Also bleu4_shuffled and cider_shuffled: the same captions, each scored for the image half the
  // set away, so that nothing but their form can match.
  bool shuffled_control = false;
  // The document frequencies of CIDEr-D: a file of them, or empty for the references' own.
  std::filesystem::path frequencies;
  // Where to write the references' own, for later calls; empty: nowhere.
  std::filesystem::path write_frequencies;
  ScoreResources resources;  // METEOR and SPICE are left out where theirs are not given
  int threads = 1;
};

// The predicted captions of a results file in the order of the set's images; each image must have
// one.
Result<std::vector<std::string>> candidates_for(const CaptionSet& references,
                                                const std::filesystem::path& file);

// bleu1 … bleu4, rouge_l, cider, meteor, spice: a hundred times what the scorers return.
Result<Scored> score_captions(const CaptionSet& references,
                              const std::vector<std::string>& candidates,
                              const CaptionScoring& options);

}  // namespace unimo::stages
