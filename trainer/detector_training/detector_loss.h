// The five losses of a detector on one picture (Ren et al. 2015, section 3.1.2; Girshick 2015,
// section 2.3; Anderson et al. 2018, section 3.1 for the attributes).
//
//   proposal class   cross-entropy over the drawn anchors, their mean
//   proposal box     smooth L1 with sigma 3 of the deltas of those that are objects, their sum
//                    over the number of drawn anchors
//   class            cross-entropy over the drawn regions, their mean
//   box              smooth L1 of the deltas of the true class of those that are objects, in units
//                    of their spread, their sum over the number of regions
//   attribute        cross-entropy over those objects that have one, their mean, times its weight;
//                    the true class primes the head
//
// Smooth L1 with sigma s: s² x² / 2 where |x| < 1 / s², else |x| − 1 / (2 s²).
//
// The regions come from the proposals that the network makes at this moment; no gradient goes
// through their corners.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "trainer/data/random.h"
#include "trainer/detector/detect.h"
#include "trainer/detector/targets.h"
#include "trainer/detector_training/detector_model.h"
#include "trainer/loop/objective.h"

namespace unimo::trainer {

// A picture and what is in it.
struct DetectorSample {
  DetectorPicture picture;
  std::vector<TrueObject> objects;
  RandomKey key;  // of what is drawn
};

struct DetectorLossRules {
  DetectorTraining training;
  DetectorRules rules;  // how proposals are suppressed, and their smallest side
};

// A pure function of its arguments. Means are named loss.proposal_class, loss.proposal_box,
// loss.class, loss.box, loss.attribute, accuracy.class (of the drawn regions), recall.proposals
// (share of the objects that a proposal overlaps by half).
MicroLoss detector_loss(const DetectorModel& model, const DetectorSample& sample,
                        const DetectorLossRules& rules);

// Σ of smooth L1 over all numbers; for tests.
at::Tensor smooth_l1_sum(const at::Tensor& difference, double sigma);

}  // namespace unimo::trainer
