// Descriptions of the windows of a picture: seven blocks of classical descriptors, each shortened
// by its principal components. First `fit_window_descriptor` on training pictures, then `describe`
// any picture.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "orchestrator/base/result.h"
#include "stages/regions/fisher_vector.h"
#include "stages/regions/matrix.h"
#include "stages/regions/picture.h"
#include "stages/regions/projection.h"
#include "stages/regions/windows.h"
#include "stages/schema/regions.h"

namespace unimo::stages {

inline constexpr int kBlocks = 7;  // gradients, colours, histograms, moments, LBP, HOG, Gabor

// What has been learned from training pictures. Calls of `describe` may overlap.
struct WindowDescriptor {
  FisherEncoder sift;
  FisherEncoder colour;
  std::array<Projection, kBlocks> projections;

  std::int64_t feature_size() const;
  // One row for each window, in their order: [windows, feature_size].
  Matrix describe(const Picture& picture, std::span<const CellBox> windows) const;
};

// The blocks before they are shortened: one matrix [windows, length] each.
std::array<Matrix, kBlocks> raw_blocks(const FisherEncoder& sift, const FisherEncoder& colour,
                                       const Picture& picture, std::span<const CellBox> windows);

// Training pictures by number; `load` may be called from several threads.
struct TrainingPictures {
  std::int64_t count = 0;
  std::function<Result<Picture>(std::int64_t)> load;
  std::function<void(std::int64_t done, std::int64_t total)> progress;  // may be empty
  std::function<bool()> stop;  // asked between batches; may be empty
};

Result<WindowDescriptor> fit_window_descriptor(const TrainingPictures& pictures,
                                               const RegionsWindowsParams& params,
                                               std::uint64_t seed, int threads);

}  // namespace unimo::stages
