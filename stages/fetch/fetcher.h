// Asks for many addresses at once and tells what became of each.
//
//   auto fetcher = Fetcher({params, seed, threads}, sink);
//   UNIMO_TRY(fetcher.add(row, address));      // waits while too much is under way
//   UNIMO_TRY(fetcher.finish());               // waits for the rest
//
// Everything happens within these two calls, on one thread; only pictures are looked at on others.
// `sink` is called once for each row, in any order. Its errors, and kCancelled when the stage is
// asked to stop, end the call; what is under way is then dropped with the fetcher.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "orchestrator/base/result.h"
#include "stages/fetch/address.h"
#include "stages/fetch/picture_check.h"
#include "stages/schema/fetch.h"

namespace unimo::stages {

struct FetchedRow {
  std::int64_t row = 0;
  int tries = 0;
  CheckedPicture picture;  // or only its status
};

class Fetcher {
 public:
  struct Options {
    FetchImages params;
    std::uint64_t seed = 1;  // spreads the waits before new tries
    int threads = 1;         // that look at pictures
    // Bytes of answers in memory; above it only one transfer at a time goes on.
    std::int64_t body_budget = 192 << 20;
  };
  using Sink = std::function<Status(const FetchedRow&)>;

  Fetcher(const Options& options, Sink sink);
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  Status add(std::int64_t row, Address address);
  Status finish();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace unimo::stages
