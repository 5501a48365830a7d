// How a record file lies on the disk; for its writer and its reader alone. The grammar stands in
// docs/formats.md, "Record files".
#pragma once

#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "trainer/data/bytes.h"
#include "trainer/data/shard.h"

namespace unimo::trainer {

inline constexpr std::size_t kShardAlignment = 64;
inline constexpr std::array<char, 8> kShardMagic = {'U', 'N', 'I', 'M', 'O', 'S', 'H', 'D'};

struct ShardHeader {
  std::array<char, 8> magic = kShardMagic;
  std::uint32_t version = kShardVersion;
  std::uint32_t header_bytes = 64;
  std::uint64_t count = 0;
  std::uint64_t index_offset = 0;
  std::uint64_t metadata_bytes = 0;
  std::uint64_t check = 0;  // XXH3-64 of metadata, then index
  std::array<std::byte, 16> zeros = {};
};
static_assert(sizeof(ShardHeader) == 64);

struct ShardIndexEntry {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t hash = 0;
};
static_assert(sizeof(ShardIndexEntry) == 24);

constexpr std::uint64_t shard_align_up(std::uint64_t value) {
  return (value + kShardAlignment - 1) / kShardAlignment * kShardAlignment;
}

// The check of the header: of the index, given in parts, seeded with that of the metadata.
class ShardIndexCheck {
 public:
  explicit ShardIndexCheck(std::string_view metadata) {
    XXH3_64bits_reset_withSeed(state_.get(), XXH3_64bits(metadata.data(), metadata.size()));
  }
  void add(std::span<const ShardIndexEntry> index) {
    XXH3_64bits_update(state_.get(), index.data(), index.size_bytes());
  }
  std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_{XXH3_createState()};
};

// Of a call that has just set errno.
inline tl::unexpected<Error> shard_io_failure(std::string_view doing,
                                              const std::filesystem::path& path) {
  const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return fail(code, "{}: cannot {}: {}", path.string(), doing, std::strerror(errno));
}

}  // namespace unimo::trainer
