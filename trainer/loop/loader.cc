#include "trainer/loop/loader.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace unimo::trainer {

Loader::Loader(const Objective& objective, const LoaderOptions& options)
    : objective_(objective),
      options_(options),
      slots_(static_cast<std::size_t>(std::max(options.slots, 1))),
      step_(options.first_step),
      index_(options.rank) {
  skip_to_own();
  for (int i = 0; i < std::max(options.threads, 1); ++i) threads_.emplace_back([this] { work(); });
}

Loader::~Loader() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
}

// A step may have fewer micro-batches than there are processes.
void Loader::skip_to_own() {
  while (step_ < options_.steps && index_ >= objective_.micro_batch_count(step_)) {
    ++step_;
    index_ = options_.rank;
  }
}

std::optional<Loader::Claim> Loader::claim(std::unique_lock<std::mutex>& lock) {
  const auto room = static_cast<std::int64_t>(slots_.size());
  room_.wait(lock, [&] { return stopping_ || claimed_ - taken_ < room; });
  if (stopping_ || step_ >= options_.steps) return {};
  const Claim claim{claimed_++, step_, index_};
  index_ += options_.ranks;
  skip_to_own();
  return claim;
}

Result<Loaded> Loader::prepare(const Claim& claim) const {
  start_load_clock();
  try {
    Loaded loaded{.batch = UNIMO_TRY(objective_.micro_batch(claim.step, claim.index)),
                  .step = claim.step,
                  .index = claim.index,
                  .times = {}};
    loaded.times = read_load_clock();
    return loaded;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kFailed, "step {}, micro-batch {}: {}", claim.step, claim.index,
                error.what());
  }
}

void Loader::work() {
  std::unique_lock lock(mutex_);
  while (const auto mine = claim(lock)) {
    lock.unlock();
    Result<Loaded> loaded = prepare(*mine);
    lock.lock();
    slots_[static_cast<std::size_t>(mine->number) % slots_.size()].content.emplace(
        std::move(loaded));
    ready_.notify_all();
  }
}

Result<Loaded> Loader::next() {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  Slot& slot = slots_[static_cast<std::size_t>(taken_) % slots_.size()];
  ready_.wait(lock, [&] { return slot.content.has_value(); });
  Result<Loaded> loaded = std::move(*slot.content);
  slot.content.reset();
  ++taken_;
  room_.notify_all();
  if (loaded) {
    loaded->waited =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  return loaded;
}

}  // namespace unimo::trainer
