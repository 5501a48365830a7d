// A look at the first bytes of a source that can be read only once.
//
//   PeekedSource source(bytes);
//   const std::string_view head = UNIMO_TRY(source.peek(64 << 10));
//   ... source.read gives everything, from the first byte on.
#pragma once

#include <string>
#include <string_view>

#include "stages/ingest/stream/byte_source.h"

namespace unimo::stages {

class PeekedSource final : public ByteSource {
 public:
  // `inner` must outlive it.
  explicit PeekedSource(ByteSource& inner) : inner_(inner) {}

  // Up to `bytes` of what read has not given yet; fewer only at the end. Lives until the next read.
  Result<std::string_view> peek(std::size_t bytes);

  Result<std::size_t> read(std::span<char> into) override;
  const std::string& name() const override { return inner_.name(); }
  std::int64_t consumed() const override { return inner_.consumed(); }
  std::int64_t file_size() const override { return inner_.file_size(); }

 private:
  ByteSource& inner_;
  std::string head_;
  std::size_t given_ = 0;  // of head_
};

}  // namespace unimo::stages
