// The number types of weight files, and floats from any of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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

std::string_view type_name(TensorType type);  // as safetensors has it: "F32"
std::optional<TensorType> find_type(std::string_view name);
std::size_t type_size(TensorType type);  // bytes of one value
bool is_floating(TensorType type);

// "[40, 16]"
std::string shape_text(std::span<const std::int64_t> shape);

// Bytes of a tensor of that shape; false when a side is negative or 63 bits do not hold them.
bool tensor_bytes(TensorType type, std::span<const std::int64_t> shape, std::uint64_t& bytes);

// The values at `bytes` as floats: F64 is rounded to the nearest, the narrow types are exact.
// `bytes` has type_size(type) bytes for each of `out` and need not be aligned.
void widen_floats(TensorType type, const char* bytes, std::span<float> out);
// The same as doubles, all exact.
void widen_doubles(TensorType type, const char* bytes, std::span<double> out);

// The place of the first infinity or NaN; values.size() when there is none.
std::size_t first_not_finite(std::span<const float> values);

}  // namespace unimo::trainer
