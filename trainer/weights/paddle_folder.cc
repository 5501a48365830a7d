#include "trainer/weights/paddle_folder.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <system_error>

namespace unimo::trainer {

namespace fs = std::filesystem;

namespace {

// TensorDesc.data_type: VarType.Type of framework.proto.
constexpr std::array<std::pair<std::uint64_t, TensorType>, 10> kTypes = {{{0, TensorType::kBool},
                                                                          {1, TensorType::kI16},
                                                                          {2, TensorType::kI32},
                                                                          {3, TensorType::kI64},
                                                                          {4, TensorType::kF16},
                                                                          {5, TensorType::kF32},
                                                                          {6, TensorType::kF64},
                                                                          {20, TensorType::kU8},
                                                                          {21, TensorType::kI8},
                                                                          {22, TensorType::kBf16}}};
constexpr std::uint64_t kFp32 = 5;
constexpr std::uint64_t kMostLevels = 16;
constexpr std::int32_t kLongestDescription = 1024;
constexpr std::size_t kMostSides = 8;
// Tags of protocol buffers: field number, then 0 for a varint, 2 for bytes of a given length.
constexpr std::uint64_t kTypeTag = (1U << 3U) | 0U;
constexpr std::uint64_t kSideTag = (2U << 3U) | 0U;
constexpr std::uint64_t kPackedSidesTag = (2U << 3U) | 2U;

std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) return value;
  }
  return std::nullopt;
}

void put_varint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>(value | 0x80U);
  out += static_cast<char>(value);
}

template <class T>
void put(T value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// TensorDesc; false when it is damaged or has a type that no weight has.
bool read_description(std::string_view bytes, TensorEntry& tensor) {
  bool typed = false;
  while (!bytes.empty()) {
    const auto tag = take_varint(bytes);
    const auto value = take_varint(bytes);
    if (!tag || !value) return false;
    if (*tag == kTypeTag) {
      const auto* found =
          std::ranges::find_if(kTypes, [&](const auto& type) { return type.first == *value; });
      if (found == kTypes.end()) return false;
      tensor.type = found->second;
      typed = true;
    } else if (*tag == kSideTag) {
      tensor.shape.push_back(static_cast<std::int64_t>(*value));
    } else if (*tag == kPackedSidesTag && *value <= bytes.size()) {
      std::string_view packed = bytes.substr(0, *value);
      bytes.remove_prefix(*value);
      while (!packed.empty()) {
        const auto side = take_varint(packed);
        if (!side) return false;
        tensor.shape.push_back(static_cast<std::int64_t>(*side));
      }
    } else {
      return false;
    }
  }
  return typed && tensor.shape.size() <= kMostSides;
}

// What stands before the numbers of a file, read field by field.
class Head {
 public:
  explicit Head(const ByteFile& file) : file_(file) {}

  Result<StoredTensor> read() {
    if (UNIMO_TRY(number<std::uint32_t>()) != 0) return refuse("it does not begin with version 0");
    const auto levels = UNIMO_TRY(number<std::uint64_t>());
    if (levels > kMostLevels) return refuse(fmt::format("{} LoD levels are absurd", levels));
    for (std::uint64_t i = 0; i < levels; ++i) {
      const auto size = UNIMO_TRY(number<std::uint64_t>());
      if (size > file_.size() - at_) return refuse("a LoD level reaches behind its end");
      at_ += size;
    }
    if (UNIMO_TRY(number<std::uint32_t>()) != 0) return refuse("its tensor is not of version 0");
    return description();
  }

 private:
  tl::unexpected<Error> refuse(const std::string& what) const {
    return fail(ErrorCode::kInvalid,
                "{}: not a parameter that Paddle saved: {}; a folder of parameters holds nothing "
                "else",
                file_.name(), what);
  }

  template <class T>
  Result<T> number() {
    if (file_.size() - at_ < sizeof(T)) return refuse("it ends in the middle");
    T value{};
    UNIMO_TRY(file_.read(at_, std::span(reinterpret_cast<char*>(&value), sizeof value)));
    at_ += sizeof value;
    return value;
  }

  Result<StoredTensor> description() {
    const auto length = UNIMO_TRY(number<std::int32_t>());
    if (length < 0 || length > kLongestDescription)
      return refuse(fmt::format("a description of {} bytes is absurd", length));
    std::string bytes(static_cast<std::size_t>(length), '\0');
    if (bytes.size() > file_.size() - at_) return refuse("it ends in the middle");
    UNIMO_TRY(file_.read(at_, bytes));
    at_ += bytes.size();
    StoredTensor tensor;
    if (!read_description(bytes, tensor)) return refuse("type and sides cannot be read");
    std::uint64_t wanted = 0;
    if (!tensor_bytes(tensor.type, tensor.shape, wanted)) return refuse("its shape is too large");
    if (wanted != file_.size() - at_) {
      return fail(ErrorCode::kInvalid,
                  "{}: {} bytes of numbers do not fit {} of shape {}, which needs {}: it was cut "
                  "off or is damaged",
                  file_.name(), file_.size() - at_, type_name(tensor.type),
                  shape_text(tensor.shape), wanted);
    }
    tensor.offset = at_;
    return tensor;
  }

  const ByteFile& file_;
  std::uint64_t at_ = 0;
};

std::string head_of(std::span<const std::int64_t> shape) {
  std::string description;
  put_varint(kTypeTag, description);
  put_varint(kFp32, description);
  for (const std::int64_t side : shape) {
    put_varint(kSideTag, description);
    put_varint(static_cast<std::uint64_t>(side), description);
  }
  std::string head;
  put<std::uint32_t>(0, head);
  put<std::uint64_t>(0, head);
  put<std::uint32_t>(0, head);
  put(static_cast<std::int32_t>(description.size()), head);
  return head + description;
}

// In squares, so that the cache serves both orders.
std::vector<float> turned(std::span<const float> values, std::size_t rows, std::size_t columns) {
  constexpr std::size_t kSquare = 32;
  std::vector<float> out(values.size());
  for (std::size_t i0 = 0; i0 < rows; i0 += kSquare) {
    for (std::size_t j0 = 0; j0 < columns; j0 += kSquare) {
      for (std::size_t i = i0; i < std::min(i0 + kSquare, rows); ++i) {
        for (std::size_t j = j0; j < std::min(j0 + kSquare, columns); ++j)
          out[j * rows + i] = values[i * columns + j];
      }
    }
  }
  return out;
}

Status write_parameter(const fs::path& path, std::span<const std::int64_t> shape,
                       std::span<const float> values) {
  std::FILE* file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr) return fail(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(errno));
  const std::string head = head_of(shape);
  const bool good =
      std::fwrite(head.data(), 1, head.size(), file) == head.size() &&
      std::fwrite(values.data(), sizeof(float), values.size(), file) == values.size() &&
      std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0;
  const int error = errno;
  if (std::fclose(file) == 0 && good) return ok();
  return fail(ErrorCode::kIo, "{}: {}: is the disk full?", path.string(),
              std::strerror(good ? errno : error));
}

}  // namespace

bool is_paddle_folder(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "word_embedding", ignored);
}

bool is_paddle_fc(std::string_view name) { return name.ends_with(".w_0") || name.ends_with("_w"); }

Result<WeightFile> open_paddle_folder(const fs::path& folder) {
  WeightFile weights(folder, "Paddle folder");
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    if (!i->path().filename().string().starts_with('.')) paths.push_back(i->path());
  }
  if (error) return fail(ErrorCode::kIo, "{}: {}", folder.string(), error.message());
  std::ranges::sort(paths);
  for (const fs::path& path : paths) {
    ByteFile file = UNIMO_TRY(ByteFile::open(path));
    StoredTensor tensor = UNIMO_TRY(Head(file).read());
    const std::string name = path.filename().string();
    if (is_paddle_fc(name) && tensor.shape.size() == 2) {
      std::swap(tensor.shape[0], tensor.shape[1]);
      tensor.strides = {1, tensor.shape[0]};
    }
    file.release();
    tensor.file = weights.add_file(std::move(file));
    weights.add(name, std::move(tensor));
  }
  if (weights.tensors().empty())
    return fail(ErrorCode::kNotFound, "{}: there are no parameters here", folder.string());
  return weights;
}

Status write_paddle_folder(const fs::path& folder, std::span<const FloatTensor> tensors) {
  for (const FloatTensor& t : tensors) {
    if (!is_paddle_fc(t.name) || t.shape.size() != 2) {
      UNIMO_TRY(write_parameter(folder / t.name, t.shape, t.values));
      continue;
    }
    const auto rows = static_cast<std::size_t>(t.shape[0]);
    const auto columns = static_cast<std::size_t>(t.shape[1]);
    const std::vector<std::int64_t> shape = {t.shape[1], t.shape[0]};
    UNIMO_TRY(write_parameter(folder / t.name, shape, turned(t.values, rows, columns)));
  }
  return ok();
}

}  // namespace unimo::trainer
