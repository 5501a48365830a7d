// `pytorch_model.bin`: what torch.save(model.state_dict(), path) writes. Read only, tensors only;
// no code of the file is run (tensor_pickle.h).
//
// Two forms are read: the zip archive of torch 1.6 and later (entries NAME/data.pkl and
// NAME/data/KEY; the CRC of each is checked), and the one before, which old published files have:
// five pickles and the storages one after the other, without any checksum. Source:
// torch/serialization.py, _save and _legacy_save.
#pragma once

#include <filesystem>

#include "orchestrator/base/result.h"
#include "trainer/weights/weight_file.h"

namespace unimo::trainer {

// Storages are as long as the pickle says, and every tensor lies inside its own. Tensors may share
// storages and may have strides.
Result<WeightFile> open_torch_archive(const std::filesystem::path& path);
// The same, added to `weights` as one of the parts of a model.
Status add_torch_archive(const std::filesystem::path& path, WeightFile& weights);

}  // namespace unimo::trainer
