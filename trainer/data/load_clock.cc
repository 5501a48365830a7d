#include "trainer/data/load_clock.h"

#include <algorithm>
#include <numeric>

namespace unimo::trainer {
namespace {

using Clock = std::chrono::steady_clock;

struct ThreadClock {
  LoadTimes times;
  LoadPart part = LoadPart::kDraw;
  Clock::time_point since = Clock::now();

  // What has passed belongs to the part that ends here.
  void turn_to(LoadPart next) {
    const auto now = Clock::now();
    times.of(part) += std::chrono::duration<double>(now - since).count();
    since = now;
    part = next;
  }
};

ThreadClock& clock_here() {
  thread_local ThreadClock clock;
  return clock;
}

}  // namespace

std::string_view name_of(LoadPart part) {
  constexpr std::array<std::string_view, kLoadParts> kNames = {"draw", "read", "verify", "decode",
                                                               "pack"};
  return kNames[static_cast<std::size_t>(part)];
}

double LoadTimes::total() const { return std::accumulate(seconds.begin(), seconds.end(), 0.0); }

LoadPart LoadTimes::longest() const {
  return static_cast<LoadPart>(std::max_element(seconds.begin(), seconds.end()) - seconds.begin());
}

LoadTimes& LoadTimes::operator+=(const LoadTimes& more) {
  for (std::size_t i = 0; i < kLoadParts; ++i) seconds[i] += more.seconds[i];
  return *this;
}

void start_load_clock() { clock_here() = ThreadClock{}; }

LoadTimes read_load_clock() {
  ThreadClock& clock = clock_here();
  clock.turn_to(clock.part);
  return clock.times;
}

LoadTimer::LoadTimer(LoadPart part) : outer_(clock_here().part) { clock_here().turn_to(part); }
LoadTimer::~LoadTimer() { clock_here().turn_to(outer_); }

}  // namespace unimo::trainer
