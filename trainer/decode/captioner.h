// Captions of images by beam search.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/decode.h"
#include "trainer/config/tasks.h"
#include "trainer/data/pack.h"
#include "trainer/model/unimo.h"

namespace unimo::trainer {

struct CaptionerOptions {
  BeamConfig beam;
  ObjectTagsConfig tags{.max_tokens = 0};  // as the model was trained
  int batch = 64;                          // images decoded at once
  std::function<bool()> stop;              // asked between batches; true: kCancelled
  std::function<void(std::int64_t, std::int64_t)> progress;  // images done, total
};

struct GeneratedCaption {
  std::uint32_t image = 0;  // number in the pack
  std::string text;
  double score = 0;
};

// One caption for each image, in their order. The result does not depend on the batch size but for
// rounding. kInvalid, naming the image, when one has no regions.
Result<std::vector<GeneratedCaption>> generate_captions(Unimo& model, const PackReader& pack,
                                                        std::span<const std::uint32_t> images,
                                                        const CaptionerOptions& options);

}  // namespace unimo::trainer
