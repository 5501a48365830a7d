// What torch.save writes about tensors, read without running anything.
//
// A pickle is a program: its opcodes name functions and call them. Here it is walked by a small
// machine that knows tensors alone. It takes the opcodes that torch.save writes (protocol 2), looks
// up no name, and stops at the first one that is not in its list, before any call:
//   collections.OrderedDict, torch._utils._rebuild_tensor_v2, torch._utils._rebuild_parameter and
//   the storages torch.FloatStorage, DoubleStorage, HalfStorage, BFloat16Storage, LongStorage,
//   IntStorage, ShortStorage, CharStorage, ByteStorage, BoolStorage.
// Opcodes: Python's Lib/pickletools.py; what is pickled: torch/serialization.py, torch/_utils.py.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/weights/tensor_type.h"

namespace unimo::trainer {

// A tensor is a view of a storage, which lies elsewhere. Nothing here has been checked against it.
struct PickledTensor {
  std::string name;
  TensorType type = TensorType::kF32;
  std::string storage;             // its key
  std::int64_t storage_count = 0;  // values
  std::int64_t offset = 0;         // of the first value in the storage, in values
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  // in values; as many as sides
};

// The tensors of a state dictionary in its order, each name once. `origin` stands in messages.
// `used`: how many bytes the pickle took, up to and with its STOP.
Result<std::vector<PickledTensor>> read_tensor_pickle(std::string_view bytes,
                                                      const std::string& origin, std::size_t& used);

// A pickle of a number, of a list of texts, or of anything that is passed over: the other parts of
// the files that torch before 1.6 wrote.
Result<std::vector<std::string>> read_text_pickle(std::string_view bytes, const std::string& origin,
                                                  std::size_t& used);
Status skip_pickle(std::string_view bytes, const std::string& origin, std::size_t& used);

}  // namespace unimo::trainer
