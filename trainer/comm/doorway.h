// Who connects to a rank: reads the first bytes of every visitor side by side, so that one that
// says nothing keeps nobody waiting, and forgets those that fall silent.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "trainer/comm/sockets.h"

namespace unimo::trainer {

class Doorway {
 public:
  struct Visitor {
    Descriptor socket;  // non-blocking
    std::string said;   // message_size bytes
  };

  // Listening sockets, one or several.
  Doorway(std::vector<Descriptor> listeners, std::size_t message_size)
      : listeners_(std::move(listeners)), message_size_(message_size) {}

  // Waits up to `milliseconds` for news; gives the visitors that have said all of their message.
  std::vector<Visitor> wait(int milliseconds);

 private:
  struct Stranger {
    Visitor visitor;
    CommClock::time_point deadline;
  };
  bool listen_to(Stranger& stranger, std::vector<Visitor>& known) const;

  std::vector<Descriptor> listeners_;
  std::size_t message_size_;
  std::vector<Stranger> strangers_;
};

}  // namespace unimo::trainer
