// Work on items by several threads, results in the order of the items.
//
//   OrderedWorkers<Raw, Ready> workers(threads, [](Raw& raw) { return prepare(raw); });
//   workers.put(std::move(raw));
//   if (workers.waiting() >= limit) use(workers.take());
//   ...
//   while (workers.waiting() > 0) use(workers.take());
//
// put and take belong to one thread, which works too while it waits; `work` must not throw and may
// run several times at once. The owner bounds the memory by taking before it puts more.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace unimo::stages {

template <class In, class Out>
class OrderedWorkers {
 public:
  // `threads` in all, the owner's among them.
  OrderedWorkers(int threads, std::function<Out(In&)> work) : work_(std::move(work)) {
    for (int i = 1; i < threads; ++i)
      helpers_.emplace_back([this](const std::stop_token& stop) { help(stop); });
  }
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;
  ~OrderedWorkers() {
    for (auto& helper : helpers_) helper.request_stop();
    changed_.notify_all();
  }

  void put(In item) {
    {
      const std::lock_guard lock(mutex_);
      slots_.push_back({std::move(item), std::nullopt});
    }
    changed_.notify_one();
  }

  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return slots_.size();
  }

  // The result of the oldest item; there must be one.
  Out take() {
    std::unique_lock lock(mutex_);
    while (!slots_.front().result) {
      if (begun_ < slots_.size()) {
        work_on_next(lock);
      } else {
        changed_.wait(lock);
      }
    }
    Out result = std::move(*slots_.front().result);
    slots_.pop_front();
    --begun_;
    return result;
  }

 private:
  struct Slot {
    In item;
    std::optional<Out> result;
  };

  // A deque's elements stay where they are while others come and go at its ends.
  void work_on_next(std::unique_lock<std::mutex>& lock) {
    Slot& slot = slots_[begun_++];
    lock.unlock();
    Out result = work_(slot.item);
    lock.lock();
    slot.result = std::move(result);
    changed_.notify_all();
  }

  void help(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      if (begun_ < slots_.size()) {
        work_on_next(lock);
      } else {
        changed_.wait(lock, stop, [this] { return begun_ < slots_.size(); });
      }
    }
  }

  std::function<Out(In&)> work_;
  mutable std::mutex mutex_;  // of slots_ and begun_
  std::condition_variable_any changed_;
  std::deque<Slot> slots_;
  std::size_t begun_ = 0;  // of the slots in front: somebody works on them or has
  std::vector<std::jthread> helpers_;
};

}  // namespace unimo::stages
