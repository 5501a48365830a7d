// How a model is trained: optimiser, schedule, precision, steps, checkpoints.
#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/base/fields.h"
#include "trainer/config/device.h"

namespace unimo::trainer {

// AdamW with decoupled decay. The defaults are UNIMO's.
struct OptimizerConfig {
  double lr = 5e-5;
  double beta1 = 0.9;
  double beta2 = 0.98;
  double eps = 1e-6;
  double weight_decay = 0.01;
  double clip_norm = 1.0;
};
template <class V>
void visit(V& v, OptimizerConfig& c) {
  v.field("lr", c.lr, positive(), "peak rate; the schedule scales it");
  v.field("beta1", c.beta1, between(0, 0.9999999), "decay of the first moment");
  v.field("beta2", c.beta2, between(0, 0.9999999), "decay of the second moment");
  v.field("eps", c.eps, positive(), "added to the root of the second moment");
  v.field("weight_decay", c.weight_decay, not_negative(), "decoupled; not on biases and norms");
  v.field("clip_norm", c.clip_norm, not_negative(), "largest global gradient norm; 0: no clipping");
}

struct ScheduleConfig {
  std::string kind = "linear";
  double warmup = 0.06;
  std::int64_t warmup_steps = 0;
  bool continuous = false;
};
template <class V>
void visit(V& v, ScheduleConfig& c) {
  v.field("kind", c.kind, one_of({"linear", "cosine", "constant"}),
          "how the rate falls after warm-up");
  v.field("warmup", c.warmup, fraction(), "share of all steps in which the rate rises from 0");
  v.field("warmup_steps", c.warmup_steps, at_least(0),
          "the same as a number of steps; used when above 0");
  v.field("continuous", c.continuous,
          "true: fall from the peak at the end of warm-up; false: as UNIMO does, measured from "
          "step 0, so "
          "that the rate drops a little when warm-up ends");
}

struct TrainConfig {
  OptimizerConfig optimizer;
  ScheduleConfig schedule;
  std::string precision = "auto";
  DeviceConfig device;
  int threads = 0;
  std::int64_t steps = 0;
  double epochs = 1;
  std::int64_t checkpoint_every = 500;
  std::int64_t log_every = 10;
  int bad_steps_limit = 5;
};
template <class V>
void visit(V& v, TrainConfig& c) {
  v.field("optimizer", c.optimizer, "AdamW");
  v.field("schedule", c.schedule, "learning rate over the steps");
  v.field(
      "precision", c.precision, one_of({"auto", "fp32", "bf16", "fp16"}),
      "of matrix products; auto takes bf16 on a GPU and where the processor has instructions for "
      "it; fp16 on a GPU only, with a scaled loss");
  v.field("device", c.device, "where the model is trained");
  v.field("threads", c.threads, between(0, 1024), "0: the cores that the job was granted");
  v.field("steps", c.steps, at_least(0), "optimiser steps; 0: from epochs");
  v.field("epochs", c.epochs, positive(), "passes over the data, when steps is 0");
  v.field("checkpoint_every", c.checkpoint_every, at_least(1), "steps between checkpoints");
  v.field("log_every", c.log_every, at_least(1),
          "steps between reports; losses are averaged over them");
  v.field("bad_steps_limit", c.bad_steps_limit, at_least(1),
          "steps in a row with a gradient that is not finite before training fails");
}

}  // namespace unimo::trainer
