#include "trainer/weights/tensor_type.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "trainer/data/half.h"

namespace unimo::trainer {

static_assert(std::endian::native == std::endian::little, "weight files are little-endian");

namespace {

struct TypeInfo {
  std::string_view name;
  std::size_t size;
};
// In the order of the enumeration.
constexpr std::array<TypeInfo, 13> kTypes = {{{"F64", 8},
                                              {"F32", 4},
                                              {"F16", 2},
                                              {"BF16", 2},
                                              {"I64", 8},
                                              {"I32", 4},
                                              {"I16", 2},
                                              {"I8", 1},
                                              {"U64", 8},
                                              {"U32", 4},
                                              {"U16", 2},
                                              {"U8", 1},
                                              {"BOOL", 1}}};

float bf16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// Calls `use(i, value)` for each of `count` values of type T that need not be aligned.
template <class T, class Use>
void for_each_value(const char* bytes, std::size_t count, const Use& use) {
  for (std::size_t i = 0; i < count; ++i) {
    T value{};
    std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
    use(i, value);
  }
}

template <class Float>
void widen(TensorType type, const char* bytes, std::span<Float> out) {
  const auto as = [](auto value) { return static_cast<Float>(value); };
  switch (type) {
    case TensorType::kF64:
      return for_each_value<double>(bytes, out.size(), [&](auto i, auto v) { out[i] = as(v); });
    case TensorType::kF32:
      return for_each_value<float>(bytes, out.size(), [&](auto i, auto v) { out[i] = as(v); });
    case TensorType::kF16:
      return for_each_value<std::uint16_t>(bytes, out.size(),
                                           [&](auto i, auto v) { out[i] = as(half_to_float(v)); });
    default:
      return for_each_value<std::uint16_t>(bytes, out.size(),
                                           [&](auto i, auto v) { out[i] = as(bf16_to_float(v)); });
  }
}

}  // namespace

std::string_view type_name(TensorType type) { return kTypes[static_cast<std::size_t>(type)].name; }
std::size_t type_size(TensorType type) { return kTypes[static_cast<std::size_t>(type)].size; }

std::optional<TensorType> find_type(std::string_view name) {
  const auto* found =
      std::ranges::find_if(kTypes, [name](const TypeInfo& type) { return type.name == name; });
  if (found == kTypes.end()) return std::nullopt;
  return static_cast<TensorType>(found - kTypes.begin());
}

bool is_floating(TensorType type) {
  return type == TensorType::kF64 || type == TensorType::kF32 || type == TensorType::kF16 ||
         type == TensorType::kBf16;
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

bool tensor_bytes(TensorType type, std::span<const std::int64_t> shape, std::uint64_t& bytes) {
  std::int64_t product = static_cast<std::int64_t>(type_size(type));
  for (const std::int64_t side : shape) {
    if (side < 0 || __builtin_mul_overflow(product, side, &product)) return false;
  }
  bytes = static_cast<std::uint64_t>(product);
  return true;
}

void widen_floats(TensorType type, const char* bytes, std::span<float> out) {
  if (type == TensorType::kF16) return halves_to_floats(bytes, out);
  if (type == TensorType::kF32) {
    if (!out.empty()) std::memcpy(out.data(), bytes, out.size_bytes());
    return;
  }
  widen(type, bytes, out);
}
void widen_doubles(TensorType type, const char* bytes, std::span<double> out) {
  widen(type, bytes, out);
}

std::size_t first_not_finite(std::span<const float> values) {
  // Whole blocks of a fixed size without a branch, so that the compiler takes many at a time.
  constexpr std::size_t kBlock = 256;
  constexpr std::uint32_t kExponent = 0x7F800000;
  std::size_t begin = 0;
  for (; begin + kBlock <= values.size(); begin += kBlock) {
    const float* block = values.data() + begin;
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      found |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(block[i]) & kExponent) ==
                                          kExponent);
    }
    if (found != 0) break;
  }
  while (begin < values.size() && std::isfinite(values[begin])) ++begin;
  return begin;
}

}  // namespace unimo::trainer
