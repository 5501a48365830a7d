#include "stages/ingest/spill_sort.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace unimo::stages {

namespace {

constexpr std::size_t kReadAhead = 256 << 10;  // bytes of each run in memory while merging

struct Head {
  std::uint64_t key = 0, size = 0;
};

Status cannot(std::string_view what) {
  return fail(ErrorCode::kIo, "temporary file for sorting cannot {}: {}; is the disk full?", what,
              std::strerror(errno));
}

}  // namespace

// One sorted run of the file, read in pieces.
class SpillSort::Run {
 public:
  Run(std::FILE* file, std::int64_t begin, std::int64_t end)
      : file_(file), place_(begin), end_(end) {}

  // False at the end of the run.
  Result<bool> advance() {
    UNIMO_TRY(need(sizeof(Head)));
    if (available() < sizeof(Head)) return false;
    Head head;
    std::memcpy(&head, buffer_.data() + used_, sizeof(Head));
    used_ += sizeof(Head);
    UNIMO_TRY(need(head.size));
    item.key = head.key;
    item.payload.assign(buffer_, used_, head.size);
    used_ += head.size;
    return true;
  }

  Item item;

 private:
  std::size_t available() const { return buffer_.size() - used_; }

  Status need(std::size_t bytes) {
    if (available() >= bytes || place_ == end_) return ok();
    buffer_.erase(0, used_);
    used_ = 0;
    const std::size_t kept = buffer_.size();
    const std::size_t wanted =
        std::min(std::max(bytes - kept, kReadAhead), static_cast<std::size_t>(end_ - place_));
    buffer_.resize(kept + wanted);
    if (::fseeko(file_, place_, SEEK_SET) != 0 ||
        std::fread(buffer_.data() + kept, 1, wanted, file_) != wanted) {
      return cannot("be read");
    }
    place_ += static_cast<std::int64_t>(wanted);
    return ok();
  }

  std::FILE* file_;
  std::int64_t place_, end_;
  std::string buffer_;
  std::size_t used_ = 0;
};

SpillSort::SpillSort(std::filesystem::path folder, std::size_t budget)
    : folder_(std::move(folder)), budget_(budget), file_(nullptr, &std::fclose) {}
SpillSort::SpillSort(SpillSort&&) noexcept = default;
SpillSort& SpillSort::operator=(SpillSort&&) noexcept = default;
SpillSort::~SpillSort() = default;

Status SpillSort::add(std::uint64_t key, std::string_view payload) {
  entries_.push_back({key, payloads_.size(), payload.size()});
  payloads_ += payload;
  ++count_;
  if (payloads_.size() + entries_.size() * sizeof(Entry) > budget_) return spill();
  return ok();
}

void SpillSort::sort_entries() {
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.key < b.key; });
}

Status SpillSort::open_file() {
  std::string name = (folder_ / ".sorting-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  if (fd < 0) return cannot("be made in " + folder_.string());
  ::unlink(name.c_str());
  file_.reset(::fdopen(fd, "w+b"));
  return file_ ? ok() : cannot("be opened");
}

Status SpillSort::spill() {
  if (!file_) UNIMO_TRY(open_file());
  sort_entries();
  if (::fseeko(file_.get(), 0, SEEK_END) != 0) return cannot("be read");
  const std::int64_t begin = ::ftello(file_.get());
  for (const Entry& entry : entries_) {
    const Head head{entry.key, entry.size};
    if (std::fwrite(&head, sizeof(Head), 1, file_.get()) != 1 ||
        std::fwrite(payloads_.data() + entry.begin, 1, entry.size, file_.get()) != entry.size) {
      return cannot("be written");
    }
  }
  if (std::fflush(file_.get()) != 0) return cannot("be written");
  places_.emplace_back(begin, ::ftello(file_.get()));
  entries_.clear();
  payloads_.clear();
  return ok();
}

Status SpillSort::sort() {
  sort_entries();
  for (const auto& [begin, end] : places_) {
    auto run = std::make_unique<Run>(file_.get(), begin, end);
    if (UNIMO_TRY(run->advance())) runs_.push_back(std::move(run));
  }
  return ok();
}

// The runs come in the order of adding, what is in memory last: of equal keys the earliest run's
// goes first.
Result<const SpillSort::Item*> SpillSort::next() {
  Run* least = nullptr;
  for (const auto& run : runs_) {
    if (least == nullptr || run->item.key < least->item.key) least = run.get();
  }
  const bool in_memory = next_entry_ < entries_.size() &&
                         (least == nullptr || entries_[next_entry_].key < least->item.key);
  if (in_memory) {
    const Entry& entry = entries_[next_entry_++];
    item_.key = entry.key;
    item_.payload.assign(payloads_, entry.begin, entry.size);
    return &item_;
  }
  if (least == nullptr) return nullptr;
  std::swap(item_, least->item);
  if (!UNIMO_TRY(least->advance()))
    std::erase_if(runs_, [&](const auto& run) { return run.get() == least; });
  return &item_;
}

}  // namespace unimo::stages
