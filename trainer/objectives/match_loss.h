// Losses over batches of images and texts that are compared by their pooled vectors.
#pragma once

#include "trainer/loop/train_loop.h"
#include "trainer/objectives/contrastive.h"
#include "trainer/objectives/contrastive_batch.h"
#include "trainer/objectives/match.h"

namespace unimo::trainer {

// Where the pooled vectors are pulled to besides being contrasted: the semantic vectors of the
// images.
struct SemanticTargets {
  std::vector<float> vectors;  // [images, width], see semantic_vector
  double weight = 0;           // 0: none
};

// Images and texts alone, symmetric: `weight` times the contrastive loss, plus the semantic
// distances of both sides.
struct DualLossOptions {
  MatchConfig match;
  double weight = 1;
};
MicroLoss dual_loss(Unimo& model, const DualBatch& dual, const SemanticTargets& semantic,
                    const DualLossOptions& options, const EncodeOptions& encode);

// Texts alone to the semantic vectors of their images, and the first images, as many as the batch
// has, to their own.
MicroLoss semantic_loss(Unimo& model, const DualBatch& texts, const SemanticTargets& semantic,
                        const MatchConfig& match, const EncodeOptions& encode);

// UNIMO's cross-modal contrastive loss within each group, `weight` times its mean over the groups.
MicroLoss candidate_loss(Unimo& model, const CandidateBatch& candidates,
                         const DualLossOptions& options, const EncodeOptions& encode);

// The scores of all candidates, [groups, candidates].
at::Tensor candidate_scores(Unimo& model, const CandidateBatch& candidates,
                            const MatchConfig& match, const EncodeOptions& encode);

}  // namespace unimo::trainer
