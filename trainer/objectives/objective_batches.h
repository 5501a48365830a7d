// One micro-batch of each pre-training objective: reads samples, hides or pairs them, and gives the
// loss to compute. All errors come from here; the micro-batches themselves only compute.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/pretraining.h"
#include "trainer/loop/train_loop.h"
#include "trainer/objectives/samples.h"

namespace unimo::trainer {

// Streams of samples; what has one visits the samples in an order of its own.
inline constexpr std::string_view kTextStream = "text";
inline constexpr std::string_view kImageStream = "image";
inline constexpr std::string_view kMaskedPairStream = "pair";
inline constexpr std::string_view kCaptionStream = "caption";
inline constexpr std::string_view kPairStream = "joint";
inline constexpr std::string_view kSingleStream = "single";
inline constexpr std::string_view kSemanticStream = "semantic";

struct BatchRequest {
  std::uint64_t served_before = 0;  // micro-batches of this objective before this one
  std::uint64_t samples = 0;        // of this micro-batch
  EncodeOptions encode;
};

// The texts of a micro-batch. In training those of eight micro-batches that follow one another are
// shared out by their lengths alone, so that all have nearly the same rows: processes that wait for
// one another wait little. A held-out micro-batch has its own ones in order.
std::vector<Samples::Visit> text_visits(const Samples& samples, const BatchRequest& request);

// Texts alone, images alone, pairs, captions: in masked_objectives.cc.
Result<MicroBatch> text_batch(const Samples& samples, const PretrainingConfig& config,
                              const BatchRequest& request);
Result<MicroBatch> image_batch(const Samples& samples, const PretrainingConfig& config,
                               const BatchRequest& request);
Result<MicroBatch> pair_batch(const Samples& samples, const PretrainingConfig& config,
                              const BatchRequest& request);
Result<MicroBatch> caption_batch(const Samples& samples, const PretrainingConfig& config,
                                 const BatchRequest& request);

// Images with some of their captions, to be generated whole; `tags` names their objects.
Result<MaskedBatch> draw_captions(const Samples& samples, const PretrainingConfig& config,
                                  const ObjectTagsConfig& tags, const BatchRequest& request);

// Cross-modal: in match_objectives.cc.
Result<MicroBatch> contrastive_batch(const Samples& samples, const PretrainingConfig& config,
                                     const BatchRequest& request);
Result<MicroBatch> semantic_batch(const Samples& samples, const PretrainingConfig& config,
                                  const BatchRequest& request);

}  // namespace unimo::trainer
