#include "stages/ingest/stream/bzip2_blocks.h"

#include <algorithm>
#include <bit>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "stages/ingest/stream/bzip2_bits.h"
#include "stages/ingest/stream/unpacking.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kReadBytes = 256 << 10;
// The largest block holds 900 kB, packs to little more, and unpacks to more only in long runs.
constexpr std::size_t kMostPacked = 2 << 20, kMostUnpacked = 8 << 20;
constexpr int kMostThreads = 64;

// A block, or the end of a stream, or the place where nothing fits any more.
struct Unit {
  enum class Kind { kBlock, kStreamEnd, kBroken };
  Kind kind = Kind::kBroken;
  std::int64_t stream_begin = 0;  // bytes of the file before its stream
  std::int64_t end = 0;           // and before what follows the unit
  char level = '9';
  std::uint32_t checksum = 0;
  std::string packed;                        // the bytes that hold the block's bits
  std::uint64_t begin_bit = 0, end_bit = 0;  // in them
  // Written by a worker, under the mutex.
  bool done = false;
  std::optional<std::string> content;
};

// Reads on and finds one unit after the other.
class Scanner {
 public:
  explicit Scanner(RawFile& file) : file_(file) {}

  // The next unit is a stream that begins at this byte.
  void restart(std::int64_t byte) {
    file_.seek(byte);
    window_.clear();
    window_begin_ = byte;
    stream_begin_ = byte;
    at_head_ = true;
    file_ended_ = false;
  }

  // Nothing at the end of the file. After a broken unit: restart.
  std::optional<Unit> next() {
    if (at_head_) {
      if (!have(stream_begin_, 1)) return std::nullopt;
      if (!read_head()) return broken();
    }
    drop_before(static_cast<std::int64_t>(mark_bit_ / 8));
    return is_mark(mark_bit_, kEndMark) ? stream_end() : block();
  }

 private:
  // Are there so many bytes from this byte of the file on? Reads them.
  bool have(std::int64_t byte, std::size_t count) {
    const auto wanted = static_cast<std::size_t>(byte - window_begin_) + count;
    while (!file_ended_ && window_.size() < wanted) {
      const std::size_t before = window_.size();
      window_.resize(before + kReadBytes);
      const auto got = file_.read({window_.data() + before, kReadBytes});
      // What cannot be read, the other path meets again and says.
      window_.resize(before + (got ? *got : 0));
      file_ended_ = !got || *got == 0;
    }
    return window_.size() >= wanted;
  }

  void drop_before(std::int64_t byte) {
    const auto bytes = static_cast<std::size_t>(byte - window_begin_);
    if (bytes < kReadBytes) return;
    window_.erase(0, bytes);
    window_begin_ = byte;
  }

  std::uint64_t in_window(std::uint64_t bit) const {
    return bit - 8 * static_cast<std::uint64_t>(window_begin_);
  }

  bool is_mark(std::uint64_t bit, std::uint64_t mark) {
    return have(static_cast<std::int64_t>(bit / 8), 7) &&
           bits_at(window_, in_window(bit), kMarkBits) == mark;
  }

  bool read_head() {
    if (!have(stream_begin_, 4 + 7)) return false;
    const std::string_view head(window_.data() + (stream_begin_ - window_begin_), 4);
    if (!head.starts_with("BZh") || head[3] < '1' || head[3] > '9') return false;
    level_ = head[3];
    mark_bit_ = 8 * static_cast<std::uint64_t>(stream_begin_ + 4);
    at_head_ = false;
    return is_mark(mark_bit_, kBlockMark) || is_mark(mark_bit_, kEndMark);
  }

  Unit broken() const { return {.kind = Unit::Kind::kBroken, .stream_begin = stream_begin_}; }

  Unit stream_end() {
    const std::int64_t end = static_cast<std::int64_t>((mark_bit_ + kMarkBits + 32 + 7) / 8);
    if (!have(end, 0)) return broken();
    Unit unit{.kind = Unit::Kind::kStreamEnd, .stream_begin = stream_begin_, .end = end};
    unit.checksum =
        static_cast<std::uint32_t>(bits_at(window_, in_window(mark_bit_ + kMarkBits), 32));
    stream_begin_ = end;
    at_head_ = true;
    return unit;
  }

  Unit block() {
    // Behind the mark stands the checksum; nearer than that there is no other mark.
    std::uint64_t from = mark_bit_ + kMarkBits + 32;
    const auto begin = static_cast<std::int64_t>(mark_bit_ / 8);
    std::optional<std::uint64_t> next;
    while (true) {
      next = finder_.find(window_, in_window(from));
      if (next || file_ended_) break;
      const auto searched = static_cast<std::size_t>(window_begin_ - begin) + window_.size();
      if (searched > kMostPacked) break;
      const std::uint64_t last = 8 * (static_cast<std::uint64_t>(window_begin_) + window_.size());
      from = std::max(from, last - std::min<std::uint64_t>(last, kMarkBits));
      have(window_begin_, window_.size() + 1);
    }
    if (!next) return broken();
    const std::uint64_t end = *next + 8 * static_cast<std::uint64_t>(window_begin_);
    Unit unit{.kind = Unit::Kind::kBlock,
              .stream_begin = stream_begin_,
              .end = static_cast<std::int64_t>(end / 8),
              .level = level_};
    unit.checksum =
        static_cast<std::uint32_t>(bits_at(window_, in_window(mark_bit_ + kMarkBits), 32));
    const std::uint64_t first = in_window(mark_bit_) / 8;
    unit.packed = window_.substr(first, (*next + 7) / 8 - first);
    unit.begin_bit = in_window(mark_bit_) - 8 * first;
    unit.end_bit = *next - 8 * first;
    mark_bit_ = end;
    return unit;
  }

  RawFile& file_;
  MarkFinder finder_;
  std::string window_;
  std::int64_t window_begin_ = 0, stream_begin_ = 0;
  std::uint64_t mark_bit_ = 0;  // of the file: where the next mark is
  char level_ = '9';
  bool at_head_ = true, file_ended_ = false;
};

// Threads that unpack blocks.
class Workers {
 public:
  explicit Workers(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    todo_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void give(std::shared_ptr<Unit> unit) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(unit));
    }
    todo_.notify_one();
  }

  void forget() {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
  }

  std::optional<std::string> wait_for(Unit& unit) {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return unit.done; });
    return std::move(unit.content);
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      todo_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
      if (stop_) return;
      const std::shared_ptr<Unit> unit = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      auto content = unpack_one_block(one_block_stream(unit->packed, unit->begin_bit, unit->end_bit,
                                                       unit->level, unit->checksum),
                                      kMostUnpacked);
      lock.lock();
      unit->content = std::move(content);
      unit->packed = {};
      unit->done = true;
      done_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable todo_, done_;
  std::deque<std::shared_ptr<Unit>> waiting_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

class BlockSource : public ByteSource {
 public:
  BlockSource(RawFile& file, const SourceOptions& options)
      : file_(file),
        options_(options),
        scanner_(file),
        ahead_(3 * static_cast<std::size_t>(std::min(options.threads, kMostThreads))),
        workers_(std::min(options.threads, kMostThreads)) {
    scanner_.restart(0);
  }

  Result<std::size_t> read(std::span<char> into) override {
    while (true) {
      if (alone_) return read_alone(into);
      if (given_ < content_.size()) {
        const std::size_t got = std::min(into.size(), content_.size() - given_);
        std::memcpy(into.data(), content_.data() + given_, got);
        given_ += got;
        return got;
      }
      look_ahead();
      if (units_.empty()) return 0;
      if (!take(*units_.front())) go_alone(units_.front()->stream_begin);
      if (!alone_) units_.pop_front();
    }
  }
  const std::string& name() const override { return file_.name(); }
  std::int64_t consumed() const override { return alone_ ? alone_->counts().used : counts_.used; }
  std::int64_t file_size() const override { return file_.file_size(); }

 private:
  void look_ahead() {
    while (!scan_ended_ && units_.size() < ahead_) {
      auto unit = scanner_.next();
      scan_ended_ = !unit || unit->kind == Unit::Kind::kBroken;
      if (!unit) return;
      units_.push_back(std::make_shared<Unit>(std::move(*unit)));
      if (units_.back()->kind == Unit::Kind::kBlock) workers_.give(units_.back());
    }
  }

  // False when the unit cannot be trusted.
  bool take(Unit& unit) {
    if (unit.kind == Unit::Kind::kBroken) return false;
    if (unit.kind == Unit::Kind::kStreamEnd) {
      if (unit.checksum != checksum_) return false;
      checksum_ = 0;
      given_of_stream_ = 0;
      counts_.used = unit.end;
      return true;
    }
    auto content = workers_.wait_for(unit);
    if (!content) return false;
    const auto size = static_cast<std::int64_t>(content->size());
    // Before the block, less was read, and after it more was made, than at any byte in it: what
    // may break a limit is left to the path that counts each byte.
    const UnpackCounts most{counts_.used, counts_.made + size};
    if (most.made > options_.max_bytes || exceeds_ratio(most, options_)) return false;
    checksum_ = std::rotl(checksum_, 1) ^ unit.checksum;
    counts_ = {unit.end, most.made};
    given_of_stream_ += size;
    content_ = std::move(*content);
    given_ = 0;
    return true;
  }

  void go_alone(std::int64_t stream_begin) {
    workers_.forget();
    units_.clear();
    content_.clear();
    given_ = 0;
    file_.seek(stream_begin);
    alone_.emplace(file_, Packing::kBzip2, options_, std::string(),
                   UnpackCounts{stream_begin, counts_.made - given_of_stream_});
  }

  Result<std::size_t> read_alone(std::span<char> into) {
    while (given_of_stream_ > 0) {
      const auto most =
          std::min<std::size_t>(kReadBytes, static_cast<std::size_t>(given_of_stream_));
      std::string seen(most, '\0');
      const std::size_t got = UNIMO_TRY(alone_->read(seen));
      if (got == 0) return 0;
      given_of_stream_ -= static_cast<std::int64_t>(got);
    }
    const std::size_t got = UNIMO_TRY(alone_->read(into));
    if (got > 0 && alone_->between_streams()) {
      counts_ = alone_->counts();
      checksum_ = 0;
      alone_.reset();
      scanner_.restart(counts_.used);
      scan_ended_ = false;
    }
    return got;
  }

  RawFile& file_;
  SourceOptions options_;
  Scanner scanner_;
  std::size_t ahead_;
  std::deque<std::shared_ptr<Unit>> units_;  // in the order of the file
  bool scan_ended_ = false;
  std::string content_;    // of the block that is being given,
  std::size_t given_ = 0;  // and how much of it was
  UnpackCounts counts_;
  std::int64_t given_of_stream_ = 0;
  std::uint32_t checksum_ = 0;      // of the blocks of the stream so far
  std::optional<Unpacking> alone_;  // while nothing fits
  Workers workers_;                 // last, so that the threads end first
};

}  // namespace

std::unique_ptr<ByteSource> read_bzip2_blocks(RawFile& file, const SourceOptions& options) {
  return std::make_unique<BlockSource>(file, options);
}

}  // namespace unimo::stages
