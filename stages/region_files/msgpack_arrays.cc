#include "stages/region_files/msgpack_arrays.h"

#include <bit>
#include <optional>

namespace unimo::stages {

namespace {

constexpr int kDeepest = 8;

// One value with what of it matters here. Texts and bytes point into the input.
struct Value {
  enum class Kind { kOther, kWhole, kBytes, kList, kMap } kind = Kind::kOther;
  std::int64_t whole = 0;    // also of true and false
  std::string_view bytes;    // of texts and bin
  std::vector<Value> items;  // of a list; of a map: key, value, key, value, …

  const Value* find(std::string_view key) const {
    for (std::size_t i = 0; kind == Kind::kMap && i + 1 < items.size(); i += 2) {
      if (items[i].kind == Kind::kBytes && items[i].bytes == key) return &items[i + 1];
    }
    return nullptr;
  }
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::size_t left() const { return rest_.size(); }

  // Nothing when the input is cut, too deep, or of an extension type.
  std::optional<Value> value(int depth = 0) {
    if (depth > kDeepest || rest_.empty()) return std::nullopt;
    const unsigned tag = static_cast<unsigned>(number(1));
    if (tag <= 0x7F) return whole(static_cast<std::int64_t>(tag));
    if (tag <= 0x8F) return list(2 * (tag & 0x0F), Value::Kind::kMap, depth);
    if (tag <= 0x9F) return list(tag & 0x0F, Value::Kind::kList, depth);
    if (tag <= 0xBF) return bytes(tag & 0x1F);
    if (tag >= 0xE0) return whole(static_cast<std::int64_t>(tag) - 256);
    return tagged(tag, depth);
  }

 private:
  std::optional<Value> tagged(unsigned tag, int depth) {
    const auto size_bytes = [&](unsigned first) { return std::size_t{1} << (tag - first); };
    switch (tag) {
      case 0xC0: return Value{};   // nil
      case 0xC2: return whole(0);  // false
      case 0xC3: return whole(1);  // true
      case 0xC4:
      case 0xC5:
      case 0xC6: return bytes(number(size_bytes(0xC4)));  // bin
      case 0xCA:
      case 0xCB: return other(tag == 0xCA ? 4 : 8);  // float
      case 0xCC:
      case 0xCD:
      case 0xCE:
      case 0xCF:  // unsigned
        return sized_whole(size_bytes(0xCC), false);
      case 0xD0:
      case 0xD1:
      case 0xD2:
      case 0xD3:  // signed
        return sized_whole(size_bytes(0xD0), true);
      case 0xD9:
      case 0xDA:
      case 0xDB: return bytes(number(size_bytes(0xD9)));  // text
      case 0xDC:
      case 0xDD: return list(number(size_bytes(0xDC) * 2), Value::Kind::kList, depth);
      case 0xDE:
      case 0xDF: return list(2 * number(size_bytes(0xDE) * 2), Value::Kind::kMap, depth);
      default: return std::nullopt;  // never used, extensions
    }
  }

  // Big-endian; what is missing ends the input, so that the next value is not there.
  std::uint64_t number(std::size_t size) {
    if (size > rest_.size()) {
      rest_ = {};
      cut_ = true;
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(size);
    return value;
  }
  std::optional<Value> whole(std::int64_t number) const {
    if (cut_) return std::nullopt;
    return Value{.kind = Value::Kind::kWhole, .whole = number};
  }
  std::optional<Value> sized_whole(std::size_t size, bool is_signed) {
    const std::uint64_t bits = number(size);
    const auto shift = static_cast<int>(64 - 8 * size);
    return whole(is_signed ? static_cast<std::int64_t>(bits << shift) >> shift
                           : static_cast<std::int64_t>(bits));
  }
  std::optional<Value> bytes(std::uint64_t size) {
    if (cut_ || size > rest_.size()) return std::nullopt;
    Value value{.kind = Value::Kind::kBytes, .bytes = rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return value;
  }
  std::optional<Value> other(std::size_t size) {
    number(size);
    if (cut_) return std::nullopt;
    return Value{};
  }
  std::optional<Value> list(std::uint64_t count, Value::Kind kind, int depth) {
    if (cut_ || count > rest_.size()) return std::nullopt;  // a value has one byte at least
    Value value{.kind = kind};
    for (std::uint64_t i = 0; i < count; ++i) {
      auto item = this->value(depth + 1);
      if (!item) return std::nullopt;
      value.items.push_back(std::move(*item));
    }
    return value;
  }

  std::string_view rest_;
  bool cut_ = false;
};

// An array, or nothing for a value that is none (or one of texts, objects).
Result<std::optional<NumberArray>> array_of_value(const Value& value, std::string_view name) {
  const Value *is_array = value.find("nd"), *type_name = value.find("type"),
              *shape = value.find("shape"), *data = value.find("data");
  if (is_array == nullptr || type_name == nullptr || data == nullptr)
    return std::optional<NumberArray>();
  const auto type = type_of_numpy(type_name->bytes);
  if (!type) return std::optional<NumberArray>();
  NumberArray array{.type = *type, .bytes = std::string(data->bytes)};
  for (std::size_t i = 0; shape != nullptr && i < shape->items.size(); ++i)
    array.shape.push_back(shape->items[i].whole);
  std::uint64_t expected = 0;
  if (!trainer::tensor_bytes(*type, array.shape, expected) || expected != array.bytes.size()) {
    return fail(ErrorCode::kInvalid, "{}: {} bytes of values where shape {} of {} needs {}", name,
                array.bytes.size(), trainer::shape_text(array.shape), trainer::type_name(*type),
                expected);
  }
  return std::optional(std::move(array));
}

void put_number(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 255);
}

// The shortest of the forms with one, two or four bytes of length, from `tag` on.
void put_sized(std::string& out, unsigned tag, std::string_view bytes) {
  const int form = bytes.size() <= 0xFF ? 0 : bytes.size() <= 0xFFFF ? 1 : 2;
  out += static_cast<char>(tag + static_cast<unsigned>(form));
  put_number(out, bytes.size(), 1 << form);
  out += bytes;
}

void put_bin(std::string& out, std::string_view bytes) { put_sized(out, 0xC4, bytes); }

void put_text(std::string& out, std::string_view text) {
  if (text.size() > 31) return put_sized(out, 0xD9, text);
  out += static_cast<char>(0xA0 | text.size());
  out += text;
}

void put_whole(std::string& out, std::uint64_t value) {
  if (value <= 0x7F) return put_number(out, value, 1);
  const int form = value <= 0xFF ? 0 : value <= 0xFFFF ? 1 : value <= 0xFFFFFFFF ? 2 : 3;
  out += static_cast<char>(0xCC + form);
  put_number(out, value, 1 << form);
}

void put_array(std::string& out, const NumberArray& array) {
  out += '\x85';  // a map of five
  put_bin(out, "nd");
  out += '\xC3';
  put_bin(out, "type");
  put_text(out, numpy_name(array.type));
  put_bin(out, "kind");
  put_bin(out, "");
  put_bin(out, "shape");
  out += static_cast<char>(0x90 | array.shape.size());
  for (const std::int64_t side : array.shape) put_whole(out, static_cast<std::uint64_t>(side));
  put_bin(out, "data");
  put_bin(out, array.bytes);
}

}  // namespace

Result<NumberArrays> parse_msgpack_arrays(std::string_view bytes) {
  Reader reader(bytes);
  const auto document = reader.value();
  if (!document || document->kind != Value::Kind::kMap || reader.left() > 0) {
    return fail(
        ErrorCode::kInvalid,
        "{} bytes are no one MessagePack map of arrays: damaged, cut, or of another program",
        bytes.size());
  }
  NumberArrays arrays;
  for (std::size_t i = 0; i + 1 < document->items.size(); i += 2) {
    const Value& key = document->items[i];
    if (key.kind != Value::Kind::kBytes) continue;
    auto array = UNIMO_TRY(array_of_value(document->items[i + 1], key.bytes));
    if (array) arrays[std::string(key.bytes)] = std::move(*array);
  }
  return arrays;
}

std::string format_msgpack_arrays(const NumberArrays& arrays) {
  UNIMO_CHECK(arrays.size() <= 15, "{} arrays in one map", arrays.size());
  std::string out(1, static_cast<char>(0x80 | arrays.size()));
  for (const auto& [name, array] : arrays) {
    put_text(out, name);
    put_array(out, array);
  }
  return out;
}

}  // namespace unimo::stages
