// The published UNIMO checkpoints: folders that Paddle's save_persistables wrote, one file a
// parameter, named as the parameter. Read and written.
//
// A file is a LoDTensor: u32 version 0; u64 number of LoD levels, of each u64 bytes and so many
// bytes; u32 version of the tensor, 0; i32 length of a protocol buffer TensorDesc (field 1
// data_type, field 2 repeated int64 dims); the numbers. Little-endian. Source: Paddle's
// lod_tensor.cc SerializeToStream, tensor_util.cc TensorToStream, framework.proto.
//
// Paddle's `fc` layers keep their matrices as [in, out]; here, as everywhere else in this project,
// they are [out, in]. So matrices that an fc layer has (is_paddle_fc) are turned around on reading
// and on writing.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "orchestrator/base/result.h"
#include "trainer/weights/safetensors.h"
#include "trainer/weights/weight_file.h"

namespace unimo::trainer {

// Whether a folder looks like one: it has a file `word_embedding`.
bool is_paddle_folder(const std::filesystem::path& folder);

// Whether the parameter of that name is the matrix of an fc layer: "image_emb.w_0", "cls_out_2_w".
bool is_paddle_fc(std::string_view name);

// Every file of the folder but hidden ones is a parameter; names, sizes and types are checked.
Result<WeightFile> open_paddle_folder(const std::filesystem::path& folder);

// Writes one file a tensor into `folder`, which must exist, and syncs them. Shapes are this
// project's. Official code loads the folder with load_vars or load_persistables.
Status write_paddle_folder(const std::filesystem::path& folder,
                           std::span<const FloatTensor> tensors);

}  // namespace unimo::trainer
