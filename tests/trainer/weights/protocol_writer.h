// Writes protocol buffers of Caffe's nets piece by piece, so that tests can write them wrongly.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace unimo::trainer {

inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

inline std::string bytes_field(std::uint32_t number, std::string_view content) {
  return varint(number << 3 | 2U).append(varint(content.size())).append(content);
}

inline std::string number_field(std::uint32_t number, std::uint64_t value) {
  return varint(number << 3).append(varint(value));
}

inline std::string packed_floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

struct WrittenBlob {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  bool old_style = false;  // num, channels, height, width
};

inline std::string blob_bytes(const WrittenBlob& blob) {
  std::string out;
  if (blob.old_style) {
    std::vector<std::int64_t> sides(4 - blob.shape.size(), 1);
    sides.insert(sides.end(), blob.shape.begin(), blob.shape.end());
    for (std::uint32_t i = 0; i < 4; ++i)
      out += number_field(i + 1, static_cast<std::uint64_t>(sides[i]));
  } else {
    std::string sides;
    for (const std::int64_t side : blob.shape) sides += varint(static_cast<std::uint64_t>(side));
    out += bytes_field(7, bytes_field(1, sides));
  }
  return out + bytes_field(5, packed_floats(blob.values));
}

inline std::string layer_bytes(std::string_view name, const std::vector<WrittenBlob>& blobs) {
  std::string layer = bytes_field(1, name) + bytes_field(2, "Convolution");
  for (const WrittenBlob& blob : blobs) layer += bytes_field(7, blob_bytes(blob));
  return bytes_field(100, layer);
}

// Before 2014.
inline std::string old_layer_bytes(std::string_view name, const std::vector<WrittenBlob>& blobs) {
  std::string layer;
  for (const WrittenBlob& blob : blobs) layer += bytes_field(6, blob_bytes(blob));
  return bytes_field(2, layer + bytes_field(4, name));
}

}  // namespace unimo::trainer
