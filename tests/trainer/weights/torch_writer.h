// Writes what torch.save would, piece by piece, so that tests can write it wrongly.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace unimo::trainer {

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

struct WrittenTensor {
  std::string name;
  std::string storage;
  std::int32_t storage_count = 0;
  std::int32_t offset = 0;
  std::vector<std::int32_t> shape;
  std::vector<std::int32_t> strides;
  std::string type = "FloatStorage";
};

inline std::string pickled_text(std::string_view text) {
  std::string out = "X";
  put(out, static_cast<std::uint32_t>(text.size()));
  return out.append(text);
}

inline std::string pickled_number(std::int32_t number) {
  std::string out = "J";
  put(out, number);
  return out;
}

inline std::string pickled_tuple(const std::vector<std::int32_t>& numbers) {
  std::string out = "(";
  for (const std::int32_t number : numbers) out += pickled_number(number);
  return out + "t";
}

inline std::string pickled(const WrittenTensor& t) {
  return pickled_text(t.name) + "ctorch._utils\n_rebuild_tensor_v2\n((" + pickled_text("storage") +
         "ctorch\n" + t.type + "\n" + pickled_text(t.storage) + pickled_text("cpu") +
         pickled_number(t.storage_count) + "tQ" + pickled_number(t.offset) +
         pickled_tuple(t.shape) + pickled_tuple(t.strides) + "\x89" +
         "ccollections\nOrderedDict\n)RtR";
}

inline std::string pickled_dictionary(const std::vector<WrittenTensor>& tensors) {
  std::string out =
      "\x80\x02"
      "ccollections\nOrderedDict\n)R(";
  for (const WrittenTensor& t : tensors) out += pickled(t);
  return out + "u.";
}

struct ZipOptions {
  bool zip64 = false;
  std::uint16_t method = 0;
};

// A zip archive with stored entries, as streamed: local headers say size 0.
inline std::string zipped(const std::vector<std::pair<std::string, std::string>>& entries,
                          const ZipOptions& options = {}) {
  std::string out, directory;
  for (const auto& [name, content] : entries) {
    const auto size = static_cast<std::uint32_t>(content.size());
    const auto crc = static_cast<std::uint32_t>(
        ::crc32(0, reinterpret_cast<const unsigned char*>(content.data()), size));
    const auto local = static_cast<std::uint32_t>(out.size());
    out += "PK\x03\x04";
    out.append(22, '\0');
    put(out, static_cast<std::uint16_t>(name.size()));
    put(out, std::uint16_t{0});
    out += name + content;
    directory += "PK\x01\x02";
    directory.append(4, '\0');
    put(directory, std::uint16_t{8});
    put(directory, options.method);
    directory.append(4, '\0');
    put(directory, crc);
    put(directory, options.zip64 ? 0xFFFFFFFFU : size);
    put(directory, options.zip64 ? 0xFFFFFFFFU : size);
    put(directory, static_cast<std::uint16_t>(name.size()));
    put(directory, static_cast<std::uint16_t>(options.zip64 ? 28 : 0));
    directory.append(10, '\0');
    put(directory, options.zip64 ? 0xFFFFFFFFU : local);
    directory += name;
    if (!options.zip64) continue;
    put(directory, std::uint16_t{1});
    put(directory, std::uint16_t{24});
    put(directory, std::uint64_t{size});
    put(directory, std::uint64_t{size});
    put(directory, std::uint64_t{local});
  }
  const std::uint64_t begin = out.size();
  out += directory;
  if (options.zip64) {
    const std::uint64_t end = out.size();
    out += "PK\x06\x06";
    put(out, std::uint64_t{44});
    out.append(12, '\0');
    put(out, std::uint64_t{entries.size()});
    put(out, std::uint64_t{entries.size()});
    put(out, std::uint64_t{directory.size()});
    put(out, begin);
    out += "PK\x06\x07";
    put(out, std::uint32_t{0});
    put(out, end);
    put(out, std::uint32_t{1});
  }
  out += "PK\x05\x06";
  out.append(4, '\0');
  put(out, static_cast<std::uint16_t>(entries.size()));
  put(out, static_cast<std::uint16_t>(entries.size()));
  put(out, options.zip64 ? 0xFFFFFFFFU : static_cast<std::uint32_t>(directory.size()));
  put(out, options.zip64 ? 0xFFFFFFFFU : static_cast<std::uint32_t>(begin));
  put(out, std::uint16_t{0});
  return out;
}

inline std::string float_bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

}  // namespace unimo::trainer
