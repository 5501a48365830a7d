// Safetensors files: eight bytes of header length, a JSON header, the tensors. Read with every
// check the format allows, written so that equal content gives equal bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

enum class TensorType {
  kF64,
  kF32,
  kF16,
  kBf16,
  kI64,
  kI32,
  kI16,
  kI8,
  kU64,
  kU32,
  kU16,
  kU8,
  kBool
};

std::string_view type_name(TensorType type);  // as in the file: "F32"
bool is_floating(TensorType type);

struct TensorEntry {
  TensorType type = TensorType::kF32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // in the data part
  std::uint64_t end = 0;
  std::int64_t count() const;
};

// "[40, 16]"
std::string shape_text(std::span<const std::int64_t> shape);

// An open file whose header has been checked: types known, sizes right, no hole, no overlap,
// nothing behind. Tensors are read when asked for. Movable; calls must not overlap.
class SafetensorsFile {
 public:
  static Result<SafetensorsFile> open(const std::filesystem::path& path);
  SafetensorsFile(SafetensorsFile&& other) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) = delete;
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;
  ~SafetensorsFile();

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, TensorEntry>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const TensorEntry* find(const std::string& name) const;  // null when absent

  // As floats, from any floating type; kInvalid for a whole-number tensor, and, naming the tensor,
  // for a value that is not finite. `out` has the tensor's count.
  Status read_floats(const std::string& name, std::span<float> out) const;
  Result<std::vector<double>> read_doubles(const std::string& name) const;
  Result<std::vector<std::int64_t>> read_integers(const std::string& name) const;  // I64 only

 private:
  SafetensorsFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  Result<std::vector<char>> read_bytes(const TensorEntry& entry) const;

  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t data_begin_ = 0;
  std::map<std::string, TensorEntry> tensors_;
  std::map<std::string, std::string> metadata_;
};

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
