#include "trainer/weights/protocol_fields.h"

#include <algorithm>
#include <span>

namespace unimo::trainer {

namespace {

constexpr std::uint64_t kLargestField = (1ULL << 29) - 1;

}  // namespace

Status ProtocolFields::flaw(std::uint64_t at, std::string_view what) const {
  return fail(ErrorCode::kIntegrity, "{}: byte {}: {}: not a protocol buffer, or a damaged one",
              file_->name(), at, what);
}

Result<unsigned char> ProtocolFields::byte() {
  if (at_ >= end_) {
    UNIMO_TRY(flaw(at_, "it ends inside a number"));
  }
  if (at_ < window_begin_ || at_ >= window_begin_ + window_size_) {
    window_begin_ = at_;
    window_size_ = std::min<std::uint64_t>(window_.size(), end_ - at_);
    UNIMO_TRY(file_->read(at_, std::span(window_).first(window_size_)));
  }
  return static_cast<unsigned char>(window_[at_++ - window_begin_]);
}

// Seven bits a byte, the lowest first; the eighth bit says that more follow.
Result<std::uint64_t> ProtocolFields::varint() {
  const std::uint64_t begin = at_;
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t part = UNIMO_TRY(byte());
    value |= (part & 0x7FU) << shift;
    if (part < 0x80) return value;
  }
  UNIMO_TRY(flaw(begin, "a number of more than 64 bits"));
  return value;
}

Result<std::optional<std::uint64_t>> ProtocolFields::next_varint() {
  if (at_ == end_) return std::optional<std::uint64_t>();
  return std::optional(UNIMO_TRY(varint()));
}

Result<std::optional<ProtocolField>> ProtocolFields::next() {
  if (at_ == end_) return std::optional<ProtocolField>();
  const std::uint64_t begin = at_;
  const std::uint64_t tag = UNIMO_TRY(varint());
  if (tag >> 3 == 0 || tag >> 3 > kLargestField) {
    UNIMO_TRY(flaw(begin, fmt::format("a field of number {}", tag >> 3)));
  }
  ProtocolField field{.number = static_cast<std::uint32_t>(tag >> 3),
                      .wire = static_cast<ProtocolField::Wire>(tag & 7U)};
  std::uint64_t size = 0;
  switch (field.wire) {
    case ProtocolField::Wire::kVarint:
      field.value = UNIMO_TRY(varint());
      return std::optional(field);
    case ProtocolField::Wire::kFixed64: size = 8; break;
    case ProtocolField::Wire::kFixed32: size = 4; break;
    case ProtocolField::Wire::kBytes: size = UNIMO_TRY(varint()); break;
    default: UNIMO_TRY(flaw(begin, fmt::format("a field of wire type {}", tag & 7U)));
  }
  if (size > end_ - at_) {
    UNIMO_TRY(flaw(begin, fmt::format("a field of {} bytes where {} are left", size, end_ - at_)));
  }
  field.begin = at_;
  at_ = field.end = at_ + size;
  return std::optional(field);
}

}  // namespace unimo::trainer
