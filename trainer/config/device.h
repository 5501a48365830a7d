// Where a model lives and how it computes there.
#pragma once

#include <string>

#include "orchestrator/base/fields.h"

namespace unimo::trainer {

struct DeviceConfig {
  std::string kind = "cpu";
  int index = 0;
  std::string attention = "auto";
};
template <class V>
void visit(V& v, DeviceConfig& c) {
  v.field("kind", c.kind, one_of({"cpu", "cuda"}),
          "cuda: an NVIDIA GPU of compute capability 8.0 or later; needs a program built for it");
  v.field("index", c.index, between(0, 63),
          "cuda: which of the GPUs that the job sees; of several processes on a machine the first "
          "one's, the others take the next ones");
  v.field(
      "attention", c.attention, one_of({"auto", "flash", "own"}),
      "cuda: flash is fast and takes bf16 and fp16 with head sizes that are multiples of 8; own "
      "takes everything and drops what the processor drops; auto: flash where it can");
}

}  // namespace unimo::trainer
