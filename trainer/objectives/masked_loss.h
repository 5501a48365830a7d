// The losses of a MaskedBatch: masked text, generated text, masked regions; each divided by its own
// count.
#pragma once

#include <string>

#include "trainer/loop/train_loop.h"
#include "trainer/objectives/masked_batch.h"

namespace unimo::trainer {

struct MaskedLossOptions {
  double label_smoothing = 0;  // of generated text
  double masked_weight = 1, generated_weight = 1;
  double regression_weight = 1, class_weight = 1;
  std::string generated_name = "seq2seq";  // of the metric loss.<name>
};

MicroLoss masked_loss(Unimo& model, const MaskedBatch& masked, const MaskedLossOptions& options,
                      const EncodeOptions& encode);

}  // namespace unimo::trainer
