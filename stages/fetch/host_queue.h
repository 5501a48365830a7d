// What to ask next: many hosts at once, few connections and a pause for each.
//
//   HostQueue queue({.connections = 64, .per_host = 8, .pause = 20ms});
//   queue.add(request);
//   if (auto request = queue.next(now)) ...        // an open connection, until
//   queue.done(request->address.host);
//
// Time comes from the caller. Requests to one host go out in the order in which they came in. One
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "stages/fetch/address.h"

namespace unimo::stages {

struct Request {
  std::int64_t row = 0;
  Address address;
  int tries = 0;      // already made
  int redirects = 0;  // already followed
};

class HostQueue {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;
  struct Limits {
    int connections = 64;  // in all
    int per_host = 8;
    Clock::duration pause{};  // shortest time between two requests to one host
  };

  explicit HostQueue(const Limits& limits) : limits_(limits) {}

  void add(Request request);
  // Not before `due`; then before what waits at its host.
  void add_later(Request request, Time due);
  // The host is asked nothing more before `until`.
  void hold(const std::string& host, Time until);

  // A request that may go out now and counts as a connection until `done`.
  std::optional<Request> next(Time now);
  void done(const std::string& host);

  // When `next` may have something, if nobody calls done before; nothing when it depends on done.
  std::optional<Time> next_time() const;

  int active() const { return active_; }
  std::int64_t waiting() const { return waiting_; }

 private:
  struct Host {
    std::deque<Request> waiting;
    int active = 0;
    Time free{};          // asked nothing before
    bool listed = false;  // stands in ready_
  };
  struct Ready {
    Time time;
    std::uint64_t turn;  // hosts that are ready at the same time take turns
    std::string host;
    bool operator>(const Ready& other) const {
      return time != other.time ? time > other.time : turn > other.turn;
    }
  };
  struct Later {
    Time due;
    std::uint64_t turn;
    Request request;
    bool operator>(const Later& other) const {
      return due != other.due ? due > other.due : turn > other.turn;
    }
  };
  template <class T>
  using Heap = std::priority_queue<T, std::vector<T>, std::greater<T>>;

  void list(const std::string& name, Host& host);
  void wake(Time now);
  void forget_idle(Time now);

  Limits limits_;
  std::unordered_map<std::string, Host> hosts_;
  Heap<Ready> ready_;
  Heap<Later> later_;
  std::uint64_t turns_ = 0;
  int active_ = 0;
  std::int64_t waiting_ = 0;
  std::size_t forget_above_ = 4096;
};

}  // namespace unimo::stages
