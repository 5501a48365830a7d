#include "stages/ingest/stream/unpacking.h"

#include <algorithm>
#include <cstring>

namespace unimo::stages {

namespace {

// The buffer begins small, as many a packed file is, and doubles.
constexpr std::size_t kFirstBytes = 8 << 10, kReadBytes = 256 << 10;
constexpr std::int64_t kCheckEvery = 64 << 10;

}  // namespace

bool exceeds_ratio(const UnpackCounts& counts, const SourceOptions& options) {
  return counts.made > options.ratio_from &&
         static_cast<double>(counts.made) > options.max_ratio * static_cast<double>(counts.used);
}

Unpacking::Unpacking(ByteSource& raw, Packing packing, const SourceOptions& options,
                     std::string first, UnpackCounts counts)
    : raw_(raw),
      packing_(packing),
      options_(options),
      unpacker_(make_unpacker(packing)),
      buffer_(std::move(first)),
      end_(buffer_.size()),
      counts_(counts) {
  buffer_.resize(std::max(buffer_.size(), kFirstBytes));
}

Result<std::size_t> Unpacking::read(std::span<char> into) {
  if (piece_.empty()) {
    if (error_) return tl::unexpected(*error_);
    const std::size_t room = up_to_next_check();
    const bool fits = into.size() >= room;
    if (!fits && piece_buffer_.size() < room) piece_buffer_.resize(room);
    auto made = advance(fits ? into.first(room) : std::span(piece_buffer_).first(room));
    if (!made) error_ = made.error();
    if (!made || *made == 0 || fits) return made;
    piece_ = std::string_view(piece_buffer_).substr(0, *made);
  }
  const std::size_t count = std::min(into.size(), piece_.size());
  std::memcpy(into.data(), piece_.data(), count);
  piece_ = piece_.subspan(count);
  return count;
}

Status Unpacking::refill(std::size_t wanted) {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (!raw_ended_ && end_ == 0 && buffer_.size() < kReadBytes) buffer_.resize(2 * buffer_.size());
  while (!raw_ended_ && end_ < wanted) {
    const std::size_t got = UNIMO_TRY(raw_.read({buffer_.data() + end_, buffer_.size() - end_}));
    raw_ended_ = got == 0;
    end_ += got;
  }
  return ok();
}

Status Unpacking::damaged(std::string_view what) const {
  return fail(ErrorCode::kInvalid, "{}: byte {}: the {} data are damaged: {}; get the file again",
              raw_.name(), counts_.used, to_string(packing_), what);
}

// The limits are looked at where kCheckEvery divides what was made.
Status Unpacking::check_limits() const {
  if (counts_.made > options_.max_bytes) {
    return fail(ErrorCode::kInvalid,
                "{}: unpacks to more than {} bytes, the limit; is this the right file?",
                raw_.name(), options_.max_bytes);
  }
  if (counts_.made % kCheckEvery == 0 && exceeds_ratio(counts_, options_)) {
    return fail(ErrorCode::kInvalid,
                "{}: unpacks to more than {} times its size, as only a file made to fill disks "
                "does; get it from its makers",
                raw_.name(), options_.max_ratio);
  }
  return ok();
}

std::size_t Unpacking::up_to_next_check() const {
  return static_cast<std::size_t>(
      std::min(kCheckEvery - counts_.made % kCheckEvery,
               std::max<std::int64_t>(options_.max_bytes - counts_.made, 1)));
}

// False at the end of the file.
Result<bool> Unpacking::begin_stream() {
  // Both formats allow zeros behind a stream: gzip as on tapes, xz to a multiple of four.
  const bool padded = packing_ == Packing::kGzip || packing_ == Packing::kXz;
  std::int64_t padding = 0;
  while (true) {
    if (end_ - begin_ < kMagicBytes) UNIMO_TRY(refill(kMagicBytes));
    if (begin_ == end_) break;
    if (!padded || buffer_[begin_] != '\0') break;
    ++begin_;
    ++counts_.used;
    ++padding;
  }
  if (packing_ == Packing::kXz && padding % 4 != 0)
    UNIMO_TRY(damaged(fmt::format("{} zeros behind a stream, no multiple of four", padding)));
  if (begin_ == end_) return false;
  if (packing_of({buffer_.data() + begin_, end_ - begin_}) != packing_) {
    UNIMO_TRY(damaged("what follows the end of a stream is none"));
  }
  if (!unpacker_->restart())
    return fail(ErrorCode::kIo, "{}: no memory left for unpacking", raw_.name());
  inside_ = true;
  return true;
}

Result<std::size_t> Unpacking::advance(std::span<char> into) {
  while (true) {
    if (pending_) return tl::unexpected(*pending_);
    if (!inside_ && !UNIMO_TRY(begin_stream())) return 0;
    if (begin_ == end_ && !raw_ended_) UNIMO_TRY(refill(1));
    const Unpacker::Step step = unpacker_->step(waiting(), into);
    begin_ += step.used;
    counts_.used += static_cast<std::int64_t>(step.used);
    counts_.made += static_cast<std::int64_t>(step.made);
    if (step.ended) inside_ = false;
    Status fine = step.damage != nullptr ? damaged(step.damage) : ok();
    if (step.made > 0) {
      if (fine) fine = check_limits();
      if (!fine) pending_ = fine.error();
      if (counts_.made <= options_.max_bytes) return step.made;
      continue;
    }
    UNIMO_TRY(std::move(fine));
    if (step.used > 0 || step.ended) continue;
    if (begin_ != end_) UNIMO_TRY(damaged("no progress"));
    if (raw_ended_) {
      return fail(ErrorCode::kInvalid,
                  "{}: byte {}: the file ends within a {} stream: it was cut; get it again",
                  raw_.name(), counts_.used, to_string(packing_));
    }
  }
}

}  // namespace unimo::stages
