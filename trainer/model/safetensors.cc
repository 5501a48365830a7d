#include "trainer/model/safetensors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>

#include "orchestrator/base/json.h"

namespace unimo::trainer {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian");

namespace {

// The limit that the reference library has; real headers are below a megabyte.
constexpr std::uint64_t kLargestHeader = 100'000'000;

struct TypeInfo {
  TensorType type;
  std::string_view name;
  std::uint64_t size;
};
constexpr std::array<TypeInfo, 13> kTypes = {{{TensorType::kF64, "F64", 8},
                                              {TensorType::kF32, "F32", 4},
                                              {TensorType::kF16, "F16", 2},
                                              {TensorType::kBf16, "BF16", 2},
                                              {TensorType::kI64, "I64", 8},
                                              {TensorType::kI32, "I32", 4},
                                              {TensorType::kI16, "I16", 2},
                                              {TensorType::kI8, "I8", 1},
                                              {TensorType::kU64, "U64", 8},
                                              {TensorType::kU32, "U32", 4},
                                              {TensorType::kU16, "U16", 2},
                                              {TensorType::kU8, "U8", 1},
                                              {TensorType::kBool, "BOOL", 1}}};

const TypeInfo& info(TensorType type) {
  return *std::find_if(kTypes.begin(), kTypes.end(),
                       [&](const TypeInfo& t) { return t.type == type; });
}

Status read_at(int fd, const std::filesystem::path& path, std::uint64_t offset, char* out,
               std::size_t count) {
  while (count > 0) {
    const ssize_t got = ::pread(fd, out, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(errno));
    if (got == 0)
      return fail(ErrorCode::kIntegrity, "{}: the file ended while it was read", path.string());
    out += got;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
  return ok();
}

// The sizes of one header entry, checked against each other.
Result<TensorEntry> parse_entry(const std::string& name, const Json& json,
                                const std::string& file) {
  const auto refuse = [&](const std::string& what) {
    return fail(ErrorCode::kInvalid,
                "{}: tensor {}: {}: the file is damaged or not from a safetensors writer", file,
                name, what);
  };
  if (!json.is_object() || !json.contains("dtype") || !json.contains("shape") ||
      !json.contains("data_offsets")) {
    return refuse("dtype, shape and data_offsets are wanted");
  }
  if (json.size() != 3) return refuse("there is more than dtype, shape and data_offsets");
  TensorEntry entry;
  const Json& dtype = json.at("dtype");
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeInfo& t) {
    return dtype.is_string() && dtype == t.name;
  });
  if (found == kTypes.end()) return refuse(fmt::format("unknown dtype {}", dtype.dump()));
  entry.type = found->type;
  std::uint64_t bytes = found->size;
  const Json& shape = json.at("shape");
  if (!shape.is_array()) return refuse("the shape is not a list");
  for (const Json& side : shape) {
    if (!side.is_number_unsigned())
      return refuse("the shape has something else than whole non-negative numbers");
    const auto value = side.get<std::uint64_t>();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ||
        __builtin_mul_overflow(bytes, value, &bytes)) {
      return refuse("the shape is too large");
    }
    entry.shape.push_back(static_cast<std::int64_t>(value));
  }
  const Json& offsets = json.at("data_offsets");
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    return refuse("the offsets are not two whole non-negative numbers");
  }
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  if (entry.end < entry.begin) return refuse("the offsets are reversed");
  if (entry.end - entry.begin != bytes) {
    return refuse(fmt::format("{} bytes do not fit dtype {} and shape {}, which need {}",
                              entry.end - entry.begin, found->name, shape_text(entry.shape),
                              bytes));
  }
  return entry;
}

// In the order of their bytes, the tensors must follow each other without hole or overlap, up to
// the end.
Status check_cover(const std::map<std::string, TensorEntry>& tensors, std::uint64_t data_bytes,
                   const std::string& file) {
  std::vector<std::pair<const std::string*, const TensorEntry*>> order;
  for (const auto& [name, entry] : tensors) order.emplace_back(&name, &entry);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second->begin, a.second->end) < std::pair(b.second->begin, b.second->end);
  });
  std::uint64_t next = 0;
  const std::string* before = nullptr;
  for (const auto& [name, entry] : order) {
    if (entry->begin < next) {
      return fail(ErrorCode::kInvalid, "{}: tensors {} and {} overlap: the file is damaged", file,
                  *before, *name);
    }
    if (entry->begin > next) {
      return fail(ErrorCode::kInvalid,
                  "{}: the data has a hole of {} bytes before tensor {}: the file is damaged", file,
                  entry->begin - next, *name);
    }
    next = entry->end;
    before = name;
  }
  if (next > data_bytes) {
    return fail(
        ErrorCode::kInvalid,
        "{}: the data ends early: the header asks for {} bytes, the file has {}: it was cut off",
        file, next, data_bytes);
  }
  if (next < data_bytes) {
    return fail(ErrorCode::kInvalid, "{}: the file is {} bytes longer than its header says", file,
                data_bytes - next);
  }
  return ok();
}

float half_to_float(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  float value = exponent == 0    ? std::ldexp(static_cast<float>(fraction), -24)
                : exponent == 31 ? (fraction != 0 ? std::numeric_limits<float>::quiet_NaN()
                                                  : std::numeric_limits<float>::infinity())
                                 : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

double value_at(TensorType type, const char* p) {
  std::uint16_t half = 0;
  float single = 0;
  double wide = 0;
  switch (type) {
    case TensorType::kF64: std::memcpy(&wide, p, 8); return wide;
    case TensorType::kF32: std::memcpy(&single, p, 4); return static_cast<double>(single);
    case TensorType::kF16:
      std::memcpy(&half, p, 2);
      return static_cast<double>(half_to_float(half));
    default: break;
  }
  std::memcpy(&half, p, 2);
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16));
}

}  // namespace

std::string_view type_name(TensorType type) { return info(type).name; }

bool is_floating(TensorType type) {
  return type == TensorType::kF64 || type == TensorType::kF32 || type == TensorType::kF16 ||
         type == TensorType::kBf16;
}

std::int64_t TensorEntry::count() const {
  return static_cast<std::int64_t>((end - begin) / info(type).size);
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

SafetensorsFile::SafetensorsFile(SafetensorsFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      data_begin_(other.data_begin_),
      tensors_(std::move(other.tensors_)),
      metadata_(std::move(other.metadata_)) {}

SafetensorsFile::~SafetensorsFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: {}", name,
                std::strerror(errno));
  }
  SafetensorsFile file(path, fd);
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kIo, "{}: not a regular file", name);
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < 8) {
    return fail(ErrorCode::kInvalid, "{}: {} bytes are too short for a safetensors file", name,
                size);
  }
  std::uint64_t header_size = 0;
  UNIMO_TRY(read_at(fd, path, 0, reinterpret_cast<char*>(&header_size), sizeof header_size));
  if (header_size > kLargestHeader) {
    return fail(ErrorCode::kInvalid,
                "{}: a header length of {} is absurd: this is not a safetensors file", name,
                header_size);
  }
  if (header_size > size - 8) {
    return fail(
        ErrorCode::kInvalid,
        "{}: the header length {} points beyond the end of the file ({} bytes): it was cut off",
        name, header_size, size);
  }
  if (header_size == 0) return fail(ErrorCode::kInvalid, "{}: the header is empty", name);
  std::string text(header_size, '\0');
  UNIMO_TRY(read_at(fd, path, 8, text.data(), text.size()));
  if (text.front() != '{') {
    return fail(ErrorCode::kInvalid,
                "{}: the header is not a JSON object: it begins with byte {:#04x}", name,
                static_cast<unsigned char>(text.front()));
  }
  const Json header = UNIMO_TRY(parse_json(text, name + " (header)"));
  if (!header.is_object())
    return fail(ErrorCode::kInvalid, "{}: the header is not a JSON object", name);
  for (const auto& [key, value] : header.items()) {
    if (key == "__metadata__") {
      if (!value.is_object())
        return fail(ErrorCode::kInvalid, "{}: __metadata__ is not a mapping", name);
      for (const auto& [label, content] : value.items()) {
        if (!content.is_string())
          return fail(ErrorCode::kInvalid, "{}: __metadata__ {} is not text", name, label);
        file.metadata_[label] = content.get<std::string>();
      }
    } else {
      file.tensors_[key] = UNIMO_TRY(parse_entry(key, value, name));
    }
  }
  file.data_begin_ = 8 + header_size;
  UNIMO_TRY(check_cover(file.tensors_, size - file.data_begin_, name));
  return file;
}

const TensorEntry* SafetensorsFile::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

Result<std::vector<char>> SafetensorsFile::read_bytes(const TensorEntry& entry) const {
  std::vector<char> bytes(entry.end - entry.begin);
  UNIMO_TRY(read_at(fd_, path_, data_begin_ + entry.begin, bytes.data(), bytes.size()));
  return bytes;
}

Status SafetensorsFile::read_floats(const std::string& name, std::span<float> out) const {
  const TensorEntry* entry = find(name);
  if (entry == nullptr)
    return fail(ErrorCode::kNotFound, "{}: tensor {} is missing", path_.string(), name);
  UNIMO_CHECK(entry->count() == static_cast<std::int64_t>(out.size()), "{} values read into {}",
              entry->count(), out.size());
  if (!is_floating(entry->type)) {
    return fail(ErrorCode::kInvalid, "{}: tensor {} is {}: a floating-point type is wanted",
                path_.string(), name, type_name(entry->type));
  }
  if (entry->type == TensorType::kF32) {
    UNIMO_TRY(read_at(fd_, path_, data_begin_ + entry->begin, reinterpret_cast<char*>(out.data()),
                      out.size_bytes()));
  } else {
    const std::vector<char> bytes = UNIMO_TRY(read_bytes(*entry));
    const std::size_t size = info(entry->type).size;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<float>(value_at(entry->type, bytes.data() + i * size));
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!std::isfinite(out[i])) {
      return fail(ErrorCode::kInvalid, "{}: tensor {}: value {} is {}: weights must be finite",
                  path_.string(), name, i, out[i]);
    }
  }
  return ok();
}

Result<std::vector<double>> SafetensorsFile::read_doubles(const std::string& name) const {
  const TensorEntry* entry = find(name);
  if (entry == nullptr)
    return fail(ErrorCode::kNotFound, "{}: tensor {} is missing", path_.string(), name);
  if (!is_floating(entry->type)) {
    return fail(ErrorCode::kInvalid, "{}: tensor {} is {}: a floating-point type is wanted",
                path_.string(), name, type_name(entry->type));
  }
  const std::vector<char> bytes = UNIMO_TRY(read_bytes(*entry));
  std::vector<double> values(static_cast<std::size_t>(entry->count()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = value_at(entry->type, bytes.data() + i * info(entry->type).size);
  }
  return values;
}

Result<std::vector<std::int64_t>> SafetensorsFile::read_integers(const std::string& name) const {
  const TensorEntry* entry = find(name);
  if (entry == nullptr)
    return fail(ErrorCode::kNotFound, "{}: tensor {} is missing", path_.string(), name);
  if (entry->type != TensorType::kI64) {
    return fail(ErrorCode::kInvalid, "{}: tensor {} is {}: I64 is wanted", path_.string(), name,
                type_name(entry->type));
  }
  const std::vector<char> bytes = UNIMO_TRY(read_bytes(*entry));
  std::vector<std::int64_t> values(static_cast<std::size_t>(entry->count()));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

Status write_safetensors(const std::filesystem::path& path, std::span<const FloatTensor> tensors,
                         const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const FloatTensor& t : tensors) {
    const std::uint64_t end = offset + t.values.size_bytes();
    header[t.name] = {{"dtype", "F32"}, {"shape", t.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = canonical_text(header);
  text.append((64 - (text.size() + 8) % 64) % 64, ' ');
  const std::uint64_t length = text.size();
  std::FILE* file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr) return fail(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(errno));
  bool good = std::fwrite(&length, sizeof length, 1, file) == 1 &&
              std::fwrite(text.data(), 1, text.size(), file) == text.size();
  for (const FloatTensor& t : tensors) {
    good = good &&
           std::fwrite(t.values.data(), sizeof(float), t.values.size(), file) == t.values.size();
  }
  good = good && std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0;
  const int error = errno;
  if (std::fclose(file) != 0 || !good) {
    return fail(ErrorCode::kIo, "{}: {}: is the disk full?", path.string(),
                std::strerror(good ? errno : error));
  }
  return ok();
}

}  // namespace unimo::trainer
