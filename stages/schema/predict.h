// Parameters of the stage predict.
//
// inputs: data (a pack), checkpoint (one or, for retrieval, several, whose scores are added),
// captioner (optional: a checkpoint whose caption likelihoods re-rank retrieval; default: the
// checkpoint itself), examples (records of sst2, cola, mnli or stsb)
#pragma once

#include <string>

#include "trainer/config/decode.h"
#include "trainer/config/device.h"

namespace unimo::stages {

struct PredictParams {
  std::string task = "flickr30k";
  std::string split = "val";
  std::string scoring = "dual";
  int rerank_top = 20;
  double joint_weight = 1.0;
  double likelihood_weight = 0.0;
  bool mirror = false;
  int batch = 64;
  int batch_rows = 4096;
  int max_tokens = 512;
  trainer::BeamConfig beam;
  std::string precision = "auto";
  trainer::DeviceConfig device;
  int threads = 0;
};
template <class V>
void visit(V& v, PredictParams& c) {
  v.field("task", c.task, one_of({"flickr30k", "coco_caption", "sst2", "cola", "mnli", "stsb"}),
          "flickr30k: image-text retrieval; coco_caption: captioning; the others: what the input "
          "examples are");
  v.field("split", c.split, "the split to predict");
  v.field("scoring", c.scoring, one_of({"dual", "joint", "dual_then_joint"}),
          "retrieval: images and captions encoded alone; every pair together (costs images times "
          "captions); or alone "
          "first and then the best pairs together");
  v.field("rerank_top", c.rerank_top, between(1, 100000),
          "best of each image and of each caption that are looked at again");
  v.field("joint_weight", c.joint_weight, not_negative(),
          "dual_then_joint: of the second score beside the first");
  v.field("likelihood_weight", c.likelihood_weight, not_negative(),
          "of how much more likely the captioner finds the caption for this image than for others; "
          "0: not asked");
  v.field("mirror", c.mirror, "retrieval: describe an image by its two views together");
  v.field("batch", c.batch, between(1, 65536), "images captioned at once");
  v.field("batch_rows", c.batch_rows, between(64, 10000000), "positions encoded at once, about");
  v.field("max_tokens", c.max_tokens, between(4, 65536),
          "sst2, cola, mnli, stsb: of an example with its special tokens");
  v.field("beam", c.beam, "captioning: beam search");
  v.field("precision", c.precision, one_of({"auto", "fp32", "bf16", "fp16"}), "of matrix products");
  v.field("device", c.device, "where the model runs");
  v.field("threads", c.threads, between(0, 1024), "0: the cores that the job was granted");
}

}  // namespace unimo::stages
