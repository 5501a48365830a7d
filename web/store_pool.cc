#include "web/store_pool.h"

#include <sys/stat.h>

#include <ctime>

namespace unimo::web {
namespace {

constexpr std::size_t kIdleConnections = 8;
// Coarser than the clock of any file system we have met.
constexpr std::int64_t kSettledNs = 50'000'000;

}  // namespace

StorePool::Lease::~Lease() {
  if (!reader_) return;
  const std::lock_guard lock(pool_->mutex_);
  if (pool_->idle_.size() < kIdleConnections) pool_->idle_.push_back(std::move(reader_));
}

Result<StorePool::Lease> StorePool::borrow() {
  {
    const std::lock_guard lock(mutex_);
    // A store that was removed and made anew must not be read through old connections.
    struct stat info {};
    const bool there = ::stat(paths_.database().c_str(), &info) == 0;
    if (!there || info.st_ino != inode_) idle_.clear();
    inode_ = there ? info.st_ino : 0;
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(reader));
    }
  }
  if (!std::filesystem::exists(paths_.database())) {
    return fail(ErrorCode::kNotFound, "{}: no store yet; the first 'unimo run' makes it",
                paths_.root.string());
  }
  return Lease(*this, std::make_unique<RunReader>(UNIMO_TRY(RunReader::open(paths_.root))));
}

std::string StorePool::stamp() const {
  std::string text;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  for (const std::string& ending : {std::string(), std::string("-wal")}) {
    struct stat info {};
    if (::stat((paths_.database().string() + ending).c_str(), &info) != 0) continue;
    const std::int64_t changed = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
    const std::int64_t age = now.tv_sec * 1'000'000'000 + now.tv_nsec - changed;
    if (age >= 0 && age < kSettledNs) return {};
    text += fmt::format("{:x}.{:x}.", changed, info.st_size);
  }
  return text;
}

}  // namespace unimo::web
