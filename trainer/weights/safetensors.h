// Safetensors files: eight bytes of header length, a JSON header, the tensors. Read with every
// check the format allows, written so that equal content gives equal bytes.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/weights/weight_file.h"

namespace unimo::trainer {

// A file whose header has been checked: types known, sizes right, names once, no hole, no overlap,
// nothing behind.
Result<WeightFile> open_safetensors(const std::filesystem::path& path);
// The same, added to `file`, as one of the parts of a model: kInvalid for a name that another part
// has. Gives the metadata of the part.
Result<std::map<std::string, std::string>> add_safetensors(const std::filesystem::path& path,
                                                           WeightFile& file);

// One tensor to write; the values must live until it is written.
struct FloatTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::span<const float> values;
};

// Writes F32 tensors in the given order and syncs the file. It is the caller who writes beside and
// renames.
Status write_safetensors(const std::filesystem::path& path, std::span<const FloatTensor> tensors,
                         const std::map<std::string, std::string>& metadata);

}  // namespace unimo::trainer
