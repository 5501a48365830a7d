// The CRC-32 of zip archives (zlib's), several times as fast where the processor multiplies without
// carries: checking an archive must not cost more than reading it.
#pragma once

#include <cstdint>
#include <span>

namespace unimo::trainer {

// The checksum of what `crc` is the checksum of (0: of nothing) and then `bytes`: zlib's crc32().
std::uint32_t crc32_of(std::uint32_t crc, std::span<const char> bytes);

}  // namespace unimo::trainer
