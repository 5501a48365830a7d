// TCP connections between ranks: owned descriptors, and connecting that gives up at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

using CommClock = std::chrono::steady_clock;

// An owned descriptor. Movable, not copyable.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void close();

 private:
  int fd_ = -1;
};

// Listens on a free port (port 0) or the given one: on this machine alone, or on every address.
struct Listener {
  Descriptor socket;  // non-blocking
  int port = 0;
};
Result<Listener> listen_on(int port, bool this_machine_only);

// For ranks of one machine: a connection that the kernel does not pass through TCP, for less than
// half of the work. The names are the kernel's, five digits each.
struct LocalListener {
  Descriptor socket;  // non-blocking
  std::string name;
};
Result<LocalListener> listen_locally();
Result<Descriptor> connect_locally(const std::string& name);
// Equal where local names reach each other: the same boot of the same machine, and the same network
// namespace (two containers have two). One word.
std::string local_scope();

// Tries until somebody answers or `deadline` is over. Blocking socket with TCP_NODELAY.
Result<Descriptor> connect_to(const std::string& host, int port, CommClock::time_point deadline);

// A connection that waits at a listener, if there is one; non-blocking.
Descriptor accept_from(int listener);

// For connections of the mesh.
void set_nonblocking(int fd);
// The kernel reports a peer whose machine no longer answers after `seconds`.
void set_unanswered_limit(int fd, int seconds);

// Blocks until all is sent or `deadline` is over.
Status send_all(int fd, std::span<const std::byte> bytes, CommClock::time_point deadline);

// Names and numbers by which a machine means itself.
bool is_loopback(std::string_view host);

// The address of this machine on the way to `host`; empty when that way is the machine itself.
Result<std::string> own_address_towards(const std::string& host, int port);

// An end that wakes a poll() of another thread, and stays readable from then on.
class WakeUp {
 public:
  WakeUp();
  void wake() const;
  void clear() const;  // a later wake() wakes again
  int fd() const { return event_.get(); }

 private:
  Descriptor event_;
};

}  // namespace unimo::trainer
