#include "stages/ingest/text/peeked_source.h"

#include <algorithm>

namespace unimo::stages {

Result<std::string_view> PeekedSource::peek(std::size_t bytes) {
  head_.erase(0, given_);
  given_ = 0;
  while (head_.size() < bytes) {
    const std::size_t before = head_.size();
    head_.resize(bytes);
    const auto got = inner_.read(std::span(head_).subspan(before));
    head_.resize(before + (got ? *got : 0));
    if (!got) return tl::unexpected(got.error());
    if (*got == 0) break;
  }
  return std::string_view(head_);
}

Result<std::size_t> PeekedSource::read(std::span<char> into) {
  if (given_ == head_.size()) return inner_.read(into);
  const std::size_t count = std::min(into.size(), head_.size() - given_);
  std::copy_n(head_.data() + given_, count, into.data());
  given_ += count;
  return count;
}

}  // namespace unimo::stages
