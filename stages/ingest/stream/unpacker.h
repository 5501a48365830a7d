// One stream of a packed file: gzip, bzip2, xz and zstd behind one interface. Used by unpacking.h.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace unimo::stages {

enum class Packing { kPlain, kGzip, kBzip2, kXz, kZstd };

// Enough first bytes to tell the packing.
constexpr std::size_t kMagicBytes = 10;

// By the first bytes of a file or stream: RFC 1952, the bzip2 format, the .xz format 1.2, RFC 8878
// (with skippable frames). Of a file that ends within its magic bytes: what it would have become.
Packing packing_of(std::string_view first_bytes);
std::string_view to_string(Packing packing);

class Unpacker {
 public:
  struct Step {
    std::size_t used = 0, made = 0;  // bytes taken and given
    bool ended = false;              // the stream is complete
    const char* damage = nullptr;    // what is wrong; `made` bytes are still good to give
  };
  virtual ~Unpacker() = default;
  // Before the first step of each stream. False: no memory.
  virtual bool restart() = 0;
  virtual Step step(std::span<const char> in, std::span<char> out) = 0;
};

// Not for kPlain.
std::unique_ptr<Unpacker> make_unpacker(Packing packing);

}  // namespace unimo::stages
