// `.caffemodel`: what Caffe writes of a trained net, a protocol buffer NetParameter. Read only: the
// blobs of its layers, as tensors named LAYER/NUMBER ("conv1/0": weights, "conv1/1": bias).
//
// Of caffe.proto these fields are read: NetParameter.layer (100) and layers (2, before 2014),
// LayerParameter.name (1) and blobs (7), V1LayerParameter.name (4) and blobs (6), BlobProto.shape
// (7), num, channels, height, width (1 … 4), data (5) and double_data (8). Everything else is
// skipped by its wire type. A net of hundreds of megabytes is not read into memory: tensors are
// places in the file.
#pragma once

#include <filesystem>

#include "orchestrator/base/result.h"
#include "trainer/weights/weight_file.h"

namespace unimo::trainer {

// An Error names the file, the byte and what is wrong there. Blobs with four old-style sides lose
// leading sides of 1. Layers without blobs say nothing; a net without any blob is refused.
Result<WeightFile> open_caffe_model(const std::filesystem::path& path);

}  // namespace unimo::trainer
