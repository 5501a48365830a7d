// Similarities of images and captions as people keep them, for retrieval.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "evaluators/evaluator.h"
#include "orchestrator/base/result.h"
#include "stages/score/caption_files.h"

namespace unimo::stages {

// `predictions`: a folder with similarity.f32 and index.json (docs/formats.md, Predictions), or a
// table of numbers, a line an image and a column a caption, between tabs; lines that begin with "#"
// are passed over. `references`: for a table, JSON with "image_of_caption" (the row of each
// caption's image, from 0) and, if there, the ids "images" and "captions"; for a folder, captions
// by image as read_caption_references takes them, which the folder's pairs must equal, or empty.
Result<eval::Similarity> read_similarity_files(const std::filesystem::path& predictions,
                                               const std::filesystem::path& references,
                                               std::string_view split);

// ok() when the matrix holds exactly the images and captions of the references, paired as there.
Status check_pairs(const eval::Similarity& similarity, const CaptionSet& references,
                   const std::string& origin);

}  // namespace unimo::stages
