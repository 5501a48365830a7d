// Drives one Unpacker through the streams of a packed file: refills, finds the next stream, watches
// the limits, words the errors. What a library made before it met damage is not always given, so
// each step makes a piece whose size depends on its place alone, and bytes and errors are the same
// whatever the size of the reads. Used by byte_source.cc and bzip2_blocks.cc.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "stages/ingest/stream/byte_source.h"
#include "stages/ingest/stream/unpacker.h"

namespace unimo::stages {

// How much was taken from the file and made of it.
struct UnpackCounts {
  std::int64_t used = 0, made = 0;
};

bool exceeds_ratio(const UnpackCounts& counts, const SourceOptions& options);

class Unpacking {
 public:
  // `raw` gives bytes from `counts.used` on, where a stream begins; `first` stand before them, if
  // they were read already.
  Unpacking(ByteSource& raw, Packing packing, const SourceOptions& options, std::string first = {},
            UnpackCounts counts = {});

  // As ByteSource::read.
  Result<std::size_t> read(std::span<char> into);
  const UnpackCounts& counts() const { return counts_; }
  // True when the last read ended with its stream, and nothing of another was touched.
  bool between_streams() const { return !inside_ && !pending_ && !error_ && piece_.empty(); }

 private:
  Status refill(std::size_t wanted);
  Result<bool> begin_stream();
  Result<std::size_t> advance(std::span<char> into);
  Status check_limits() const;
  std::size_t up_to_next_check() const;
  Status damaged(std::string_view what) const;
  std::span<const char> waiting() const { return {buffer_.data() + begin_, end_ - begin_}; }

  ByteSource& raw_;
  Packing packing_;
  SourceOptions options_;
  std::unique_ptr<Unpacker> unpacker_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what waits in buffer_
  std::string piece_buffer_;
  std::span<const char> piece_;  // what was made and not given yet; in piece_buffer_
  UnpackCounts counts_;
  bool raw_ended_ = false, inside_ = false;
  std::optional<Error> pending_;  // comes after the bytes that came with it
  std::optional<Error> error_;
};

}  // namespace unimo::stages
