// Prepares the micro-batches of coming steps on threads of its own, while the present one is
// computed.
//
//   Loader loader(objective, {.first_step = 100, .steps = 500});
//   Loaded loaded = UNIMO_TRY(loader.next());   // step 100, index 0; then 1; …
//
// They come in order, whatever the number of threads, and at most `slots` are ready or in work at
// once: memory is bounded. One thread calls next(); destroying the loader stops its threads after
// what they have in hand.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "trainer/data/load_clock.h"
#include "trainer/loop/objective.h"

namespace unimo::trainer {

struct LoaderOptions {
  std::int64_t first_step = 0;
  std::int64_t steps = 0;  // the step behind the last
  int threads = 1;
  int slots = 4;
  // Of this process among several: it prepares the micro-batches whose index is `rank` modulo
  // `ranks`.
  int rank = 0, ranks = 1;
};

struct Loaded {
  MicroBatch batch;
  std::int64_t step = 0, index = 0;
  LoadTimes times;    // of preparing it
  double waited = 0;  // seconds that next() had to wait for it
};

class Loader {
 public:
  // The objective must outlive this.
  Loader(const Objective& objective, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The next of them; the objective's error where it has one. Not to be called after the last.
  Result<Loaded> next();

 private:
  struct Slot {
    std::optional<Result<Loaded>> content;
  };
  struct Claim {
    std::int64_t number = 0, step = 0, index = 0;
  };
  std::optional<Claim> claim(std::unique_lock<std::mutex>& lock);
  void skip_to_own();
  void work();
  Result<Loaded> prepare(const Claim& claim) const;

  const Objective& objective_;
  LoaderOptions options_;
  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::vector<Slot> slots_;
  std::int64_t claimed_ = 0, taken_ = 0;  // micro-batches so far
  std::int64_t step_ = 0, index_ = 0;     // of the next to be claimed
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace unimo::trainer
