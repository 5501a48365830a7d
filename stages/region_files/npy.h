// Arrays of numpy's .npy form, and named ones of its .npz form (a zip archive of them). Numbers
// only: an array of Python objects is a pickle, which could run code, and is passed over unread.
// Source: numpy's format description (numpy/lib/format.py, versions 1.0 to 3.0); PKWARE's APPNOTE.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/weights/tensor_type.h"

namespace unimo::stages {

struct NumberArray {
  trainer::TensorType type = trainer::TensorType::kF32;
  std::vector<std::int64_t> shape;  // none: one number
  std::string bytes;                // row by row, little-endian
  std::int64_t count() const;
  bool operator==(const NumberArray&) const = default;
};
using NumberArrays = std::map<std::string, NumberArray>;

// Floats of any number type; whole numbers where the type is one (true and false among them).
std::vector<float> floats_of(const NumberArray& array);
std::optional<std::vector<std::int64_t>> whole_numbers_of(const NumberArray& array);

NumberArray array_of(trainer::TensorType type, std::vector<std::int64_t> shape,
                     std::span<const float> values);  // kF16 or kF32
NumberArray array_of(std::vector<std::int64_t> shape, std::span<const std::int64_t> values);

// The type that "<f4", "|u1" stand for; none: objects, texts, big-endian numbers.
std::optional<trainer::TensorType> type_of_numpy(std::string_view name);
std::string numpy_name(trainer::TensorType type);

// One .npy file. kInvalid: what is wrong. Nothing: an array of what are no numbers.
Result<std::optional<NumberArray>> parse_npy(std::string_view bytes);
std::string format_npy(const NumberArray& array);

// All arrays of numbers of a .npz file, packed or not; `name` stands in errors. Refused: a damaged
// or cut archive, members of more than 256 MiB, more than 64 members.
Result<NumberArrays> parse_npz(std::string_view bytes, const std::string& name);
// Not packed, in the order of the names; the same bytes for the same arrays.
std::string format_npz(const NumberArrays& arrays);

}  // namespace unimo::stages
