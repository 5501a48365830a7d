#include "stages/ingest/stream/bzip2_bits.h"

#include <algorithm>

#include "stages/ingest/stream/unpacker.h"

namespace unimo::stages {

namespace {

std::uint64_t byte_at(std::string_view bytes, std::uint64_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

void append_bits(std::string& out, int& free_bits, std::uint64_t bits, int count) {
  for (int i = count - 1; i >= 0; --i) {
    if (free_bits == 0) {
      out += '\0';
      free_bits = 8;
    }
    --free_bits;
    const auto bit = static_cast<unsigned>((bits >> i & 1U) << free_bits);
    out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) | bit);
  }
}

}  // namespace

std::uint64_t bits_at(std::string_view bytes, std::uint64_t bit, int count) {
  std::uint64_t value = 0;
  while (count > 0) {
    const int in_byte = static_cast<int>(bit % 8);
    const int taken = std::min(8 - in_byte, count);
    const std::uint64_t part =
        byte_at(bytes, bit / 8) >> (8 - in_byte - taken) & ((1U << taken) - 1);
    value = value << taken | part;
    bit += static_cast<std::uint64_t>(taken);
    count -= taken;
  }
  return value;
}

MarkFinder::MarkFinder() : possible_(1 << 16, false) {
  // Begun at bit `shift` of its first byte, a mark gives 16 known bits to bytes three and four.
  for (const std::uint64_t mark : {kBlockMark, kEndMark}) {
    for (int shift = 0; shift < 8; ++shift) possible_[mark >> (16 + shift) & 0xFFFF] = true;
  }
}

std::optional<std::uint64_t> MarkFinder::find(std::string_view bytes, std::uint64_t from) const {
  if (bytes.size() < 6) return std::nullopt;
  for (std::uint64_t at = from / 8; at + 6 <= bytes.size(); ++at) {
    if (!possible_[byte_at(bytes, at + 2) << 8 | byte_at(bytes, at + 3)]) continue;
    for (std::uint64_t bit = 8 * at; bit < 8 * at + 8; ++bit) {
      if (bit < from || bit + kMarkBits > 8 * bytes.size()) continue;
      const std::uint64_t value = bits_at(bytes, bit, kMarkBits);
      if (value == kBlockMark || value == kEndMark) return bit;
    }
  }
  return std::nullopt;
}

std::string one_block_stream(std::string_view bytes, std::uint64_t begin, std::uint64_t end,
                             char level, std::uint32_t checksum) {
  std::string stream = std::string("BZh") + level;
  const std::uint64_t whole = (end - begin) / 8;
  stream.reserve(whole + 32);
  const auto shift = static_cast<unsigned>(begin % 8);
  const std::uint64_t first = begin / 8;
  for (std::uint64_t i = 0; i < whole; ++i) {
    unsigned byte = static_cast<unsigned>(byte_at(bytes, first + i)) << shift;
    if (shift > 0) byte |= static_cast<unsigned>(byte_at(bytes, first + i + 1)) >> (8 - shift);
    stream += static_cast<char>(byte & 0xFFU);
  }
  int free_bits = 0;
  const int left = static_cast<int>((end - begin) % 8);
  append_bits(stream, free_bits, bits_at(bytes, end - static_cast<std::uint64_t>(left), left),
              left);
  append_bits(stream, free_bits, kEndMark, kMarkBits);
  append_bits(stream, free_bits, checksum, 32);  // of a stream of one block: the block's
  return stream;
}

std::optional<std::string> unpack_one_block(std::string_view stream, std::size_t most) {
  constexpr std::size_t kUsual = 900'000;  // the largest block, when no long runs are in it
  const auto unpacker = make_unpacker(Packing::kBzip2);
  if (!unpacker->restart()) return std::nullopt;
  // Clearing 900 kB for a block of a few bytes would cost more than unpacking it.
  const std::size_t likely = std::clamp<std::size_t>(10 * stream.size(), 16 << 10, kUsual);
  std::string content(std::min(likely, most) + 1, '\0');
  std::size_t made = 0;
  while (true) {
    if (made == content.size()) {
      if (made > most) return std::nullopt;
      content.resize(std::min(2 * made, most + 1));
    }
    const Unpacker::Step step =
        unpacker->step(stream, {content.data() + made, content.size() - made});
    stream.remove_prefix(step.used);
    made += step.made;
    if (step.damage != nullptr) return std::nullopt;
    if (step.ended) break;
    if (step.used == 0 && step.made == 0) return std::nullopt;
  }
  if (!stream.empty() || made > most) return std::nullopt;
  content.resize(made);
  return content;
}

}  // namespace unimo::stages
