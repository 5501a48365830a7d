// What came under an address: is it a picture we can use, and the bytes that are kept of it.
//
// check_picture works on its own; PictureChecks does it on other threads while the network goes on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace unimo::stages {

struct CheckOptions {
  std::int64_t max_pixels = 50'000'000;
  int min_side = 2;
  int longer_side = 0;  // larger pictures are made so small; 0: none
  int quality = 90;     // of the JPEGs that this makes
};

struct CheckedPicture {
  std::string status{};  // "ok", or why not: see statuses.h
  std::string bytes{};   // as they came, or made smaller; empty unless ok
  std::string ending{};
  int width = 0, height = 0;
  std::string sha256{};  // of `bytes`
};

CheckedPicture check_picture(std::string bytes, const CheckOptions& options);

// submit and take from one thread.
class PictureChecks {
 public:
  struct Job {
    std::int64_t row = 0;
    int tries = 0;
    std::string bytes;
  };
  struct Done {
    std::int64_t row = 0;
    int tries = 0;
    std::int64_t body_size = 0;  // of what was submitted
    CheckedPicture picture;
  };

  // `wake` is called on another thread whenever something is done.
  PictureChecks(const CheckOptions& options, int threads, std::function<void()> wake);
  // What was not yet begun is dropped.
  ~PictureChecks();
  PictureChecks(const PictureChecks&) = delete;
  PictureChecks& operator=(const PictureChecks&) = delete;

  void submit(Job job);
  std::optional<Done> take();
  // Submitted and not yet taken.
  std::int64_t pending() const { return pending_; }

 private:
  void work();
  CheckOptions options_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;   // under mutex_
  std::deque<Done> done_;  // under mutex_
  bool stopping_ = false;  // under mutex_
  std::int64_t pending_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace unimo::stages
