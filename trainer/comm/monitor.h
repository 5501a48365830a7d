// Watches over a group of ranks: who lives, who has left, who has failed and why.
//
// A thread of its own listens at the control connections. Each rank says once in a while what it is
// doing, says farewell when it leaves, and tells all others when it fails; a control connection
// that ends without either is a rank that died. The first failure counts: it is passed on to every
// other rank, so that all end within a moment with the same reason, and `failed_fd` wakes whoever
// waits for data.
//
// All calls are safe from any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/comm/sockets.h"

namespace unimo::trainer {

class Monitor {
 public:
  // `controls` by rank, the own one empty. `beat_s`: time between signs of life.
  Monitor(int rank, std::vector<Descriptor> controls, double beat_s);
  ~Monitor();  // says farewell
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  // What this rank does now, for errors and for the others: "all_reduce #12", its number 12.
  void enter(std::string operation, std::uint64_t number);
  void leave();

  std::optional<Error> failure() const;
  int failed_fd() const { return failed_.fd(); }

  // Keeps `error` as the failure of the group and tells the others, unless there is one already.
  // Gives the failure that counts.
  Error fail_group(Error error);

  // Why the data connection of `peer` has ended: waits a moment for what its control connection
  // says.
  Error explain_loss(int peer);

  // Which of `late` keeps this rank waiting most likely, and what is known of it: "rank 2; no sign
  // of life from it for 4.0 s: it is stopped or its machine hangs".
  std::string describe_latest(std::span<const int> late) const;

 private:
  struct Peer {
    Descriptor control;
    std::string received;
    bool open = false;
    bool left = false;
    CommClock::time_point heard;
    std::uint64_t number = 0;  // its last operation
    bool busy = false;         // is in it still
  };
  struct Frame;

  void run();
  void read_from(int peer);
  void take_frames(int peer);
  void peer_closed(int peer);
  void send_beats();
  void tell(int peer, const Frame& frame, std::string_view text, bool may_be_dropped);
  Error record(Error error, const std::string& told);
  std::string doing() const;  // "rank 0 waited 3.2 s in all_reduce #12"; mutex held

  const int rank_;
  const std::chrono::milliseconds beat_;
  WakeUp failed_;
  WakeUp ended_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable news_;
  std::vector<Peer> peers_;
  std::optional<Error> failure_;
  std::string operation_;  // empty: none
  std::uint64_t number_ = 0;
  CommClock::time_point since_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace unimo::trainer
