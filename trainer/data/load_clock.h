// Where the time of preparing a sample goes, so that a stall of training has a culprit.
//
//   const LoadTimer timer(LoadPart::kVerify);   // until the end of the scope
//
// Each thread has a clock of its own; what is timed inside another part counts for the inner part
// alone, so that the parts add up. Time outside any timer is kDraw's: choosing, masking, arranging.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace unimo::trainer {

enum class LoadPart {
  kDraw,    // which samples, what is masked
  kRead,    // bytes from the disk
  kVerify,  // their check
  kDecode,  // half-precision features to floats, ids to vectors
  kPack,    // rows laid end to end
};
inline constexpr std::size_t kLoadParts = 5;
std::string_view name_of(LoadPart part);

// Seconds of each part.
struct LoadTimes {
  std::array<double, kLoadParts> seconds{};
  double& of(LoadPart part) { return seconds[static_cast<std::size_t>(part)]; }
  double of(LoadPart part) const { return seconds[static_cast<std::size_t>(part)]; }
  double total() const;
  LoadPart longest() const;
  LoadTimes& operator+=(const LoadTimes& more);
};

// Starts this thread's clock at zero.
void start_load_clock();
// What has passed on this thread since then.
LoadTimes read_load_clock();

class LoadTimer {
 public:
  explicit LoadTimer(LoadPart part);
  ~LoadTimer();
  LoadTimer(const LoadTimer&) = delete;
  LoadTimer& operator=(const LoadTimer&) = delete;

 private:
  LoadPart outer_;
};

}  // namespace unimo::trainer
