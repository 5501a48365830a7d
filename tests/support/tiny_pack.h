// A pack of invented images whose regions tell, in numbers, what their captions tell in words.
#pragma once

#include <cstdint>
#include <filesystem>

#include "orchestrator/base/result.h"

namespace unimo::testing {

struct TinyPack {
  int train_images = 120;
  int val_images = 24;
  int captions_per_image = 3;
  int texts = 60;
  int views = 2;
  int bare_images = 0;  // the first ones, without regions
  std::uint64_t seed = 1;
};

// Numbers of a feature; the last kTinySemantic of the first region, which covers the picture, are
// its semantic vector.
inline constexpr int kTinyFeature = 32;
inline constexpr int kTinySemantic = 8;

// Fills an empty folder with a pack (docs/formats.md).
Status write_tiny_pack(const std::filesystem::path& folder, const TinyPack& options);

}  // namespace unimo::testing
