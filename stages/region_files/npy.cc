#include "stages/region_files/npy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "trainer/data/half.h"

namespace unimo::stages {

using trainer::TensorType;

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kAlignment = 64;  // of the header, as numpy pads it

constexpr std::array<std::pair<std::string_view, TensorType>, 12> kTypes = {
    {{"f8", TensorType::kF64},
     {"f4", TensorType::kF32},
     {"f2", TensorType::kF16},
     {"i8", TensorType::kI64},
     {"i4", TensorType::kI32},
     {"i2", TensorType::kI16},
     {"i1", TensorType::kI8},
     {"u8", TensorType::kU64},
     {"u4", TensorType::kU32},
     {"u2", TensorType::kU16},
     {"u1", TensorType::kU8},
     {"b1", TensorType::kBool}}};

// What stands behind 'key': in the header's dictionary, from the first character that is no blank.
std::string_view value_of(std::string_view header, std::string_view key) {
  const std::string quoted = fmt::format("'{}':", key);
  const std::size_t at = header.find(quoted);
  if (at == header.npos) return {};
  header.remove_prefix(at + quoted.size());
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

std::optional<std::vector<std::int64_t>> parse_shape(std::string_view text) {
  if (!text.starts_with("(")) return std::nullopt;
  const std::size_t end = text.find(')');
  if (end == text.npos) return std::nullopt;
  std::vector<std::int64_t> shape;
  for (std::string_view rest = text.substr(1, end - 1); !rest.empty();) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.empty()) break;
    std::int64_t side = 0;
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), side);
    if (error != std::errc() || side < 0 || shape.size() == 8) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
    shape.push_back(side);
    if (rest.empty()) break;
    if (rest.front() != ',') return std::nullopt;
    rest.remove_prefix(1);
  }
  return shape;
}

// The header's text, and where the values begin.
struct Header {
  std::string_view text;
  std::size_t end = 0;
};

std::optional<Header> find_header(std::string_view bytes) {
  constexpr std::size_t kVersionAt = 6, kLengthAt = 8;
  if (!bytes.starts_with(kMagic) || bytes.size() < kLengthAt + 4) return std::nullopt;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
  };
  std::size_t begin = kLengthAt + 2, length = byte(kLengthAt) | byte(kLengthAt + 1) << 8;
  if (byte(kVersionAt) != 1) {
    length |= byte(kLengthAt + 2) << 16 | byte(kLengthAt + 3) << 24;
    begin += 2;
  }
  if (length > bytes.size() - begin) return std::nullopt;
  return Header{bytes.substr(begin, length), begin + length};
}

// Column by column to row by row, of matrices.
void transpose(NumberArray& array) {
  const std::size_t size = trainer::type_size(array.type);
  const auto rows = static_cast<std::size_t>(array.shape[0]),
             columns = static_cast<std::size_t>(array.shape[1]);
  std::string turned(array.bytes.size(), '\0');
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      std::memcpy(turned.data() + (r * columns + c) * size,
                  array.bytes.data() + (c * rows + r) * size, size);
    }
  }
  array.bytes = std::move(turned);
}

template <class T>
std::vector<std::int64_t> widen(const std::string& bytes) {
  std::vector<std::int64_t> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value{};
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = static_cast<std::int64_t>(value);
  }
  return values;
}

}  // namespace

std::int64_t NumberArray::count() const {
  return static_cast<std::int64_t>(bytes.size() / trainer::type_size(type));
}

std::vector<float> floats_of(const NumberArray& array) {
  if (const auto whole = whole_numbers_of(array)) {
    std::vector<float> values(whole->size());
    std::ranges::transform(*whole, values.begin(),
                           [](std::int64_t v) { return static_cast<float>(v); });
    return values;
  }
  std::vector<float> values(static_cast<std::size_t>(array.count()));
  trainer::widen_floats(array.type, array.bytes.data(), values);
  return values;
}

std::optional<std::vector<std::int64_t>> whole_numbers_of(const NumberArray& array) {
  switch (array.type) {
    case TensorType::kI64: return widen<std::int64_t>(array.bytes);
    case TensorType::kI32: return widen<std::int32_t>(array.bytes);
    case TensorType::kI16: return widen<std::int16_t>(array.bytes);
    case TensorType::kI8: return widen<std::int8_t>(array.bytes);
    case TensorType::kU64: return widen<std::uint64_t>(array.bytes);
    case TensorType::kU32: return widen<std::uint32_t>(array.bytes);
    case TensorType::kU16: return widen<std::uint16_t>(array.bytes);
    case TensorType::kU8:
    case TensorType::kBool: return widen<std::uint8_t>(array.bytes);
    default: return std::nullopt;
  }
}

NumberArray array_of(TensorType type, std::vector<std::int64_t> shape,
                     std::span<const float> values) {
  NumberArray array{.type = type, .shape = std::move(shape)};
  if (type == TensorType::kF16) {
    std::vector<std::uint16_t> halves(values.size());
    trainer::floats_to_halves(values, halves);
    array.bytes.assign(reinterpret_cast<const char*>(halves.data()), halves.size() * 2);
  } else {
    UNIMO_CHECK(type == TensorType::kF32, "floats are written as {}", trainer::type_name(type));
    array.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }
  return array;
}

NumberArray array_of(std::vector<std::int64_t> shape, std::span<const std::int64_t> values) {
  return {.type = TensorType::kI64,
          .shape = std::move(shape),
          .bytes = {reinterpret_cast<const char*>(values.data()), values.size_bytes()}};
}

std::optional<TensorType> type_of_numpy(std::string_view name) {
  const bool ordered = name.starts_with('<') || name.starts_with('|') || name.starts_with('=');
  if (!ordered) return std::nullopt;
  for (const auto& [short_name, type] : kTypes) {
    if (name.substr(1) == short_name) return type;
  }
  return std::nullopt;
}

std::string numpy_name(TensorType type) {
  for (const auto& [short_name, of_name] : kTypes) {
    if (of_name == type) return (short_name.ends_with('1') ? "|" : "<") + std::string(short_name);
  }
  return "";
}

Result<std::optional<NumberArray>> parse_npy(std::string_view bytes) {
  const auto header = find_header(bytes);
  if (!header) return fail(ErrorCode::kInvalid, "is no .npy array, or is cut in its header");
  const std::string_view quoted = value_of(header->text, "descr");
  const auto shape = parse_shape(value_of(header->text, "shape"));
  if (quoted.empty() || !shape)
    return fail(ErrorCode::kInvalid, "the header has no descr or shape: {}", header->text);
  const std::size_t name_end = quoted.find('\'', 1);
  const auto type = quoted.front() == '\'' && name_end != quoted.npos
                        ? type_of_numpy(quoted.substr(1, name_end - 1))
                        : std::nullopt;
  if (!type) return std::optional<NumberArray>();
  const std::string_view values = bytes.substr(header->end);
  std::uint64_t expected = 0;
  if (!trainer::tensor_bytes(*type, *shape, expected) || expected != values.size()) {
    return fail(ErrorCode::kInvalid, "{} bytes of values where shape {} of {} needs {}",
                values.size(), trainer::shape_text(*shape), trainer::type_name(*type), expected);
  }
  NumberArray array{.type = *type, .shape = *shape, .bytes = std::string(values)};
  if (value_of(header->text, "fortran_order").starts_with("True") && shape->size() > 1) {
    if (shape->size() != 2)
      return fail(ErrorCode::kInvalid, "an array of {} sides in Fortran's order", shape->size());
    transpose(array);
  }
  return std::optional(std::move(array));
}

std::string format_npy(const NumberArray& array) {
  std::string shape;
  for (const std::int64_t side : array.shape)
    shape += fmt::format("{}{}", shape.empty() ? "" : ", ", side);
  if (array.shape.size() == 1) shape += ",";
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                   numpy_name(array.type), shape);
  constexpr std::size_t kBefore = 10;
  header.append(kAlignment - (kBefore + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::string file(kMagic);
  file += '\x01';
  file += '\0';
  file += static_cast<char>(header.size() & 255);
  file += static_cast<char>(header.size() >> 8);
  return file + header + array.bytes;
}

}  // namespace unimo::stages
