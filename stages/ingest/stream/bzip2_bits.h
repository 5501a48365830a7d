// The marks of bzip2 blocks at any bit of a file, and one block as a stream of its own. Used by
// bzip2_blocks.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::stages {

// The first six bytes of a block, and of the end of a stream.
constexpr std::uint64_t kBlockMark = 0x314159265359, kEndMark = 0x177245385090;
constexpr int kMarkBits = 48;

// `count` <= 64 bits of `bytes` from `bit` on, which must all be there.
std::uint64_t bits_at(std::string_view bytes, std::uint64_t bit, int count);

// Finds the first mark of either kind that begins at `from` or later and lies in `bytes` wholly.
class MarkFinder {
 public:
  MarkFinder();
  std::optional<std::uint64_t> find(std::string_view bytes, std::uint64_t from) const;

 private:
  // For two adjacent bytes: may they be the third and fourth of a mark, begun at some bit?
  std::vector<bool> possible_;
};

// A stream of the block in the bits [begin, end) alone, of level '1' to '9'; `checksum` is the
// block's.
std::string one_block_stream(std::string_view bytes, std::uint64_t begin, std::uint64_t end,
                             char level, std::uint32_t checksum);

// The content of such a stream; nothing when it is no whole, sound stream, or has more than `most`
// bytes.
std::optional<std::string> unpack_one_block(std::string_view stream, std::size_t most);

}  // namespace unimo::stages
