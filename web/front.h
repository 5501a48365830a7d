// Stands between the network and the workers, so that no client can hold a worker: one thread reads
// header blocks and writes answers without ever blocking, and a worker sees only whole requests and
// finished buffers.
//
// Every connection has a budget: bytes and time for a header block, time of silence, time without
// progress while it reads its answer. Idle, slow and greedy clients cost a file descriptor and at
// most a buffer; when there are too many, the one that has been silent longest is closed.
//
//   Front front(limits, work);   // adopt* from one thread; destruction closes everything
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "orchestrator/base/result.h"
#include "web/request_head.h"

namespace unimo::web {

struct FrontLimits {
  HeadLimits head;
  int header_ms = 2000;   // from the first byte of a header block to its end
  int idle_ms = 10000;    // silence before the first byte
  int stall_ms = 5000;    // an answer that makes no progress
  int answer_ms = 60000;  // a whole answer
  std::size_t connections = 256;
  std::size_t pending_bytes = 32 * 1024 * 1024;  // answers not yet taken, all together
  int requests_per_connection = 1000;
  int workers = 4;  // they compute and never wait for a client, so few are enough
};

// What a worker made of one request.
struct Answer {
  std::string bytes;
  bool close = false;
};

class Front {
 public:
  // Called from `workers` threads at once, with a header block that passed `decide_head`.
  using Work = std::function<Answer(const std::string& head)>;

  static Result<std::unique_ptr<Front>> start(const FrontLimits& limits, Work work);
  virtual ~Front() = default;
  // Takes ownership of a connected socket.
  virtual void adopt(int socket) = 0;
  // Connections held at the moment.
  virtual std::size_t connections() const = 0;
};

}  // namespace unimo::web
