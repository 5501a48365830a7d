// How a model is trained: optimiser, schedule, precision, steps, checkpoints.
#pragma once

#include <cstdint>
#include <string>

#include "orchestrator/base/fields.h"
#include "trainer/config/device.h"

namespace unimo::trainer {

// AdamW with decoupled decay, or gradient descent with momentum. The defaults are UNIMO's.
struct OptimizerConfig {
  std::string kind = "adamw";
  double lr = 5e-5;
  double momentum = 0.9;
  double beta1 = 0.9;
  double beta2 = 0.98;
  double eps = 1e-6;
  double weight_decay = 0.01;
  double clip_norm = 1.0;
};
template <class V>
void visit(V& v, OptimizerConfig& c) {
  v.field("kind", c.kind, one_of({"adamw", "sgd"}),
          "sgd: with momentum, and decay as a part of the gradient");
  v.field("lr", c.lr, positive(), "peak rate; the schedule scales it");
  v.field("momentum", c.momentum, between(0, 0.9999999), "sgd: of the velocity");
  v.field("beta1", c.beta1, between(0, 0.9999999), "adamw: decay of the first moment");
  v.field("beta2", c.beta2, between(0, 0.9999999), "adamw: decay of the second moment");
  v.field("eps", c.eps, positive(), "adamw: added to the root of the second moment");
  v.field("weight_decay", c.weight_decay, not_negative(),
          "not on biases and norms; adamw: decoupled");
  v.field("clip_norm", c.clip_norm, not_negative(), "largest global gradient norm; 0: no clipping");
}

struct ScheduleConfig {
  std::string kind = "linear";
  double warmup = 0.06;
  std::int64_t warmup_steps = 0;
  bool continuous = false;
  double drop_at = 0.92;
};
template <class V>
void visit(V& v, ScheduleConfig& c) {
  v.field("kind", c.kind, one_of({"linear", "cosine", "constant", "drop"}),
          "how the rate falls after warm-up");
  v.field("warmup", c.warmup, fraction(), "share of all steps in which the rate rises from 0");
  v.field("warmup_steps", c.warmup_steps, at_least(0),
          "the same as a number of steps; used when above 0");
  v.field("continuous", c.continuous,
          "true: fall from the peak at the end of warm-up; false: as UNIMO does, measured from "
          "step 0, so "
          "that the rate drops a little when warm-up ends");
  v.field("drop_at", c.drop_at, fraction(),
          "drop: the share of all steps behind which the rate is a tenth");
}

// Preparing micro-batches ahead of the computation.
struct LoaderConfig {
  int threads = 1;
  int ahead = 4;
  bool map_files = true;
};
template <class V>
void visit(V& v, LoaderConfig& c) {
  v.field("threads", c.threads, between(1, 256), "that prepare micro-batches, of each process");
  v.field("ahead", c.ahead, between(1, 1024), "micro-batches ready or in work at most");
  v.field("map_files", c.map_files,
          "true: the pack's files are mapped into memory; false: read record by record, for file "
          "systems that limit mappings");
}

// What happens when a loss or gradient is not finite.
struct NumericsConfig {
  int bad_steps_limit = 5;
  int rollbacks = 1;
};
template <class V>
void visit(V& v, NumericsConfig& c) {
  v.field("bad_steps_limit", c.bad_steps_limit, at_least(1),
          "steps in a row that may be skipped because of a value that is not finite");
  v.field(
      "rollbacks", c.rollbacks, at_least(0),
      "times that training then goes back to its last checkpoint and passes over the data since; "
      "after them it fails");
}

// How the processes of a training add up their gradients.
struct ReductionConfig {
  std::string sums = "fast";
  double bucket_mb = 25;
  bool shard_optimizer = false;
  std::int64_t check_every = 100;
};
template <class V>
void visit(V& v, ReductionConfig& c) {
  v.field("sums", c.sums, one_of({"fast", "exact"}),
          "fast: floats, the same bits for the same number of processes; exact: whole numbers, the "
          "same bits for any number of processes");
  v.field("bucket_mb", c.bucket_mb, between(0.001, 10000),
          "10^6 bytes of gradients that are added up together, while the backward pass goes on");
  v.field("shard_optimizer", c.shard_optimizer,
          "each process keeps and updates the moments of its part of the weights (ZeRO-1)");
  v.field("check_every", c.check_every, at_least(1),
          "steps between comparisons of the weights of all processes");
}

struct TrainConfig {
  OptimizerConfig optimizer;
  ScheduleConfig schedule;
  std::string precision = "auto";
  DeviceConfig device;
  bool recompute = false;
  int threads = 0;
  int processes = 0;
  double comm_timeout_s = 600;
  std::int64_t steps = 0;
  double epochs = 1;
  std::int64_t checkpoint_every = 500;
  std::int64_t log_every = 10;
  ReductionConfig reduction;
  LoaderConfig loader;
  NumericsConfig numerics;
  double memory_gb = 0;
};
template <class V>
void visit(V& v, TrainConfig& c) {
  v.field("optimizer", c.optimizer, "what makes steps of gradients");
  v.field("schedule", c.schedule, "learning rate over the steps");
  v.field("precision", c.precision, one_of({"auto", "fp32", "bf16", "fp16"}),
          "of matrix products; auto takes bf16 on a GPU and where the processor is faster with it");
  v.field("device", c.device, "where the model is trained");
  v.field("recompute", c.recompute,
          "layers keep their input alone and run forward again in the backward pass: same result, "
          "less memory, about a third more arithmetic");
  v.field("threads", c.threads, between(0, 1024),
          "of each process; 0: the cores that the job was granted, shared by its processes");
  v.field("processes", c.processes, between(0, 1024),
          "the training is shared by so many processes on this machine; 0 or 1: one process");
  v.field("comm_timeout_s", c.comm_timeout_s, positive(),
          "how long processes wait for one that does not answer before the training fails");
  v.field("steps", c.steps, at_least(0), "optimiser steps; 0: from epochs");
  v.field("epochs", c.epochs, positive(), "passes over the data, when steps is 0");
  v.field("checkpoint_every", c.checkpoint_every, at_least(1), "steps between checkpoints");
  v.field("log_every", c.log_every, at_least(1),
          "steps between reports; losses are averaged over them");
  v.field("reduction", c.reduction, "adding up the gradients of several processes");
  v.field("loader", c.loader, "preparing micro-batches ahead");
  v.field("numerics", c.numerics, "what happens when a value is not finite");
  v.field("memory_gb", c.memory_gb, not_negative(),
          "of the activations of a micro-batch at most, in 10^9 bytes; 0: what the machine, or "
          "the GPU, has free");
}

}  // namespace unimo::trainer
