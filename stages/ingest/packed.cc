#include "stages/ingest/packed.h"

#include <cstring>

#include "orchestrator/base/result.h"

namespace unimo::stages {

// Seven bits a byte, lowest first; the sign goes to the lowest bit, so that -1 is short too.
Packer& Packer::whole(std::int64_t value) {
  auto bits =
      (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value < 0 ? -1 : 0);
  while (bits >= 0x80) {
    bytes_.push_back(static_cast<char>(bits | 0x80));
    bits >>= 7;
  }
  bytes_.push_back(static_cast<char>(bits));
  return *this;
}

Packer& Packer::number(double value) {
  char bytes[sizeof(double)];
  std::memcpy(bytes, &value, sizeof(double));
  bytes_.append(bytes, sizeof(double));
  return *this;
}

Packer& Packer::text(std::string_view value) {
  whole(static_cast<std::int64_t>(value.size()));
  bytes_ += value;
  return *this;
}

std::string_view PackedReader::take(std::size_t count) {
  UNIMO_CHECK(count <= rest_.size(), "packed values end after {} bytes of {}", rest_.size(), count);
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::int64_t PackedReader::whole() {
  std::uint64_t bits = 0;
  for (int shift = 0;; shift += 7) {
    UNIMO_CHECK(shift < 64, "a packed number is longer than {} bits", 64);
    const auto byte = static_cast<unsigned char>(take(1)[0]);
    bits |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  return static_cast<std::int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
}

double PackedReader::number() {
  double value = 0;
  std::memcpy(&value, take(sizeof(double)).data(), sizeof(double));
  return value;
}

std::string PackedReader::text() {
  const auto size = static_cast<std::size_t>(whole());
  return std::string(take(size));
}

}  // namespace unimo::stages
