// The fields of a protocol buffer that lies in a file, one after the other, without a schema and
// without reading what is passed over (protobuf.dev, "Encoding").
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "orchestrator/base/result.h"
#include "trainer/weights/byte_file.h"

namespace unimo::trainer {

struct ProtocolField {
  enum class Wire { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
  std::uint32_t number = 0;
  Wire wire = Wire::kVarint;
  std::uint64_t value = 0;           // of a varint
  std::uint64_t begin = 0, end = 0;  // in the file, of the others' bytes
};

// Walks over [begin, end) of the file. One thread; the file must live as long.
class ProtocolFields {
 public:
  ProtocolFields(const ByteFile& file, std::uint64_t begin, std::uint64_t end)
      : file_(&file), at_(begin), end_(end) {}

  // Nothing at the end; kIntegrity, naming the byte, where the bytes are no field.
  Result<std::optional<ProtocolField>> next();
  // The same stretch as numbers that stand without tags (packed).
  Result<std::optional<std::uint64_t>> next_varint();

 private:
  Result<std::uint64_t> varint();
  Result<unsigned char> byte();
  Status flaw(std::uint64_t at, std::string_view what) const;

  const ByteFile* file_;
  std::uint64_t at_, end_;
  std::array<char, 256> window_{};  // bytes of the file from window_begin_ on
  std::uint64_t window_begin_ = 0, window_size_ = 0;
};

}  // namespace unimo::trainer
