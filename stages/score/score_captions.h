// Captions against the captions that people wrote.
#pragma once

#include <filesystem>
#include <string>

#include "stages/ingest/records.h"
#include "stages/score/score.h"

namespace unimo::stages {

// bleu1 … bleu4, rouge_l, cider; with `shuffled_control` also bleu4_shuffled and cider_shuffled:
// the same captions, each scored for the image half the set away, so that nothing but their form
// can match. Each image of the split must have one prediction and one reference or more.
Result<Scored> score_captions(const std::filesystem::path& predictions, const Records& references,
                              const std::string& split, bool shuffled_control);

}  // namespace unimo::stages
