#include "trainer/weights/safetensors.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "orchestrator/base/json.h"
#include "trainer/text/utf8.h"

namespace unimo::trainer {

namespace {

// The limit that the reference library has; real headers are below a megabyte.
constexpr std::uint64_t kLargestHeader = 100'000'000;

// An entry of the header: where the tensor lies in the data part.
struct HeaderEntry {
  TensorEntry tensor;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// The sizes of one header entry, checked against each other.
Result<HeaderEntry> parse_entry(const std::string& name, const Json& json,
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
  HeaderEntry entry;
  const Json& dtype = json.at("dtype");
  const auto type = find_type(dtype.is_string() ? dtype.get<std::string>() : "");
  if (!type) return refuse(fmt::format("unknown dtype {}", dtype.dump()));
  entry.tensor.type = *type;
  const Json& shape = json.at("shape");
  if (!shape.is_array()) return refuse("the shape is not a list");
  for (const Json& side : shape) {
    if (!side.is_number_unsigned())
      return refuse("the shape has something else than whole non-negative numbers");
    // What does not fit becomes negative and is too large below.
    entry.tensor.shape.push_back(static_cast<std::int64_t>(side.get<std::uint64_t>()));
  }
  std::uint64_t bytes = 0;
  if (!tensor_bytes(*type, entry.tensor.shape, bytes)) return refuse("the shape is too large");
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
                              entry.end - entry.begin, type_name(*type),
                              shape_text(entry.tensor.shape), bytes));
  }
  return entry;
}

// In the order of their bytes, the tensors must follow each other without hole or overlap, up to
// the end.
Status check_cover(const std::map<std::string, HeaderEntry>& tensors, std::uint64_t data_bytes,
                   const std::string& file) {
  std::vector<std::pair<const std::string*, const HeaderEntry*>> order;
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

// The JSON text at the beginning of the file.
Result<std::string> read_header(const ByteFile& file) {
  const std::string name = file.name();
  if (file.size() < 8) {
    return fail(ErrorCode::kInvalid, "{}: {} bytes are too short for a safetensors file", name,
                file.size());
  }
  std::uint64_t length = 0;
  UNIMO_TRY(file.read(0, std::span(reinterpret_cast<char*>(&length), sizeof length)));
  if (length > kLargestHeader) {
    return fail(ErrorCode::kInvalid,
                "{}: a header length of {} is absurd: this is not a safetensors file", name,
                length);
  }
  if (length > file.size() - 8) {
    return fail(
        ErrorCode::kInvalid,
        "{}: the header length {} points beyond the end of the file ({} bytes): it was cut off",
        name, length, file.size());
  }
  if (length == 0) return fail(ErrorCode::kInvalid, "{}: the header is empty", name);
  std::string text(length, '\0');
  UNIMO_TRY(file.read(8, text));
  if (text.front() != '{') {
    return fail(ErrorCode::kInvalid,
                "{}: the header is not a JSON object: it begins with byte {:#04x}", name,
                static_cast<unsigned char>(text.front()));
  }
  if (!is_valid_utf8(text)) {
    return fail(ErrorCode::kInvalid, "{}: the header is not valid UTF-8: the file is damaged",
                name);
  }
  return text;
}

Result<std::map<std::string, std::string>> parse_metadata(const Json& json,
                                                          const std::string& file) {
  if (!json.is_object())
    return fail(ErrorCode::kInvalid, "{}: __metadata__ is not a mapping", file);
  std::map<std::string, std::string> metadata;
  for (const auto& [label, content] : json.items()) {
    if (!content.is_string())
      return fail(ErrorCode::kInvalid, "{}: __metadata__ {} is not text", file, label);
    metadata[label] = content.get<std::string>();
  }
  return metadata;
}

}  // namespace

Result<std::map<std::string, std::string>> add_safetensors(const std::filesystem::path& path,
                                                           WeightFile& weights) {
  ByteFile file = UNIMO_TRY(ByteFile::open(path));
  const std::string name = file.name();
  const std::string text = UNIMO_TRY(read_header(file));
  const Json header = UNIMO_TRY(parse_json(text, name + " (header)"));
  if (!header.is_object())
    return fail(ErrorCode::kInvalid, "{}: the header is not a JSON object", name);
  std::map<std::string, std::string> metadata;
  std::map<std::string, HeaderEntry> entries;
  for (const auto& [key, value] : header.items()) {
    if (key == "__metadata__") {
      metadata = UNIMO_TRY(parse_metadata(value, name));
    } else {
      entries[key] = UNIMO_TRY(parse_entry(key, value, name));
    }
  }
  const std::uint64_t data_begin = 8 + text.size();
  UNIMO_TRY(check_cover(entries, file.size() - data_begin, name));
  const std::size_t number = weights.add_file(std::move(file));
  for (const auto& [key, entry] : entries) {
    StoredTensor tensor;
    static_cast<TensorEntry&>(tensor) = entry.tensor;
    tensor.file = number;
    tensor.offset = data_begin + entry.begin;
    if (!weights.add(key, std::move(tensor))) {
      return fail(ErrorCode::kInvalid, "{}: tensor {} is in another part of the model as well",
                  name, key);
    }
  }
  return metadata;
}

Result<WeightFile> open_safetensors(const std::filesystem::path& path) {
  WeightFile weights(path, "safetensors");
  weights.set_metadata(UNIMO_TRY(add_safetensors(path, weights)));
  return weights;
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
