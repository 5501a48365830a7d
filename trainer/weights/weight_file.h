// Named tensors on the disk, whatever wrote them: one interface for safetensors files, archives of
// torch.save and Paddle's folders. The readers (safetensors.h, torch_archive.h, paddle_folder.h)
// check everything their format allows and give this; weight_source.h chooses among them.
//
//   const WeightFile file = UNIMO_TRY(open_safetensors(path));
//   for (const auto& [name, tensor] : file.tensors()) …
//   UNIMO_TRY(file.read_floats("lm_head.bias", out));
//
// Values are read when asked for. Movable; calls of const members may overlap.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/weights/byte_file.h"
#include "trainer/weights/tensor_type.h"

namespace unimo::trainer {

struct TensorEntry {
  TensorType type = TensorType::kF32;
  std::vector<std::int64_t> shape;
  std::int64_t count() const;   // values
  std::uint64_t bytes() const;  // of the values
};

// CRC-32 of a piece of a file, as zip archives keep it.
struct Checksum {
  std::uint64_t begin = 0;
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;
};

// Where the values lie. The reader has checked that they are inside the file.
struct StoredTensor : TensorEntry {
  std::size_t file = 0;               // in the order of add_file
  std::uint64_t offset = 0;           // bytes from the beginning of the file to the first value
  std::vector<std::int64_t> strides;  // in values, none negative; empty: row after row
  std::optional<Checksum> checksum;   // of the storage that holds the values
};

class WeightFile {
 public:
  // `path` is what the user named: a file or a folder. `format` in the user's words.
  WeightFile(std::filesystem::path path, std::string format)
      : path_(std::move(path)), format_(std::move(format)) {}

  const std::filesystem::path& path() const { return path_; }
  const std::string& format() const { return format_; }
  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const StoredTensor* find(const std::string& name) const;  // null when absent

  // As floats, from any floating type; kInvalid for a whole-number tensor, and, naming the tensor
  // and the place, for a value that is not finite. `out` has the tensor's count.
  Status read_floats(const std::string& name, std::span<float> out) const;
  Result<std::vector<double>> read_doubles(const std::string& name) const;
  Result<std::vector<std::int64_t>> read_integers(const std::string& name) const;  // I64 only
  // What read_floats would say, without keeping the values.
  Status check_floats(const std::string& name) const;

  // For the readers.
  std::size_t add_file(ByteFile file);
  const ByteFile& file(std::size_t index) const { return files_[index]; }
  // False when there is a tensor of that name.
  bool add(const std::string& name, StoredTensor tensor);
  void set_metadata(std::map<std::string, std::string> metadata) {
    metadata_ = std::move(metadata);
  }

 private:
  friend class TensorReading;
  Result<const StoredTensor*> floating(const std::string& name) const;
  Result<std::vector<char>> read_bytes(const StoredTensor& tensor) const;

  std::filesystem::path path_;
  std::string format_;
  std::vector<ByteFile> files_;
  std::map<std::string, StoredTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

struct TensorTarget {
  std::string name;      // of a tensor of the file
  std::span<float> out;  // has the tensor's count
};

// Reads many tensors on several threads. All are checked first: after an Error, which tells of each
// bad tensor once, nothing has been written.
Status read_tensors(const WeightFile& file, std::span<const TensorTarget> targets);
// The check alone, of all tensors of a floating type; one message for each that is bad.
std::vector<std::string> bad_tensors(const WeightFile& file);

}  // namespace unimo::trainer
