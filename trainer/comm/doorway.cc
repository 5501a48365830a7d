#include "trainer/comm/doorway.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace unimo::trainer {

std::vector<Doorway::Visitor> Doorway::wait(int milliseconds) {
  std::vector<pollfd> watched;
  for (const Descriptor& listener : listeners_) watched.push_back({listener.get(), POLLIN, 0});
  for (const Stranger& stranger : strangers_) {
    watched.push_back({stranger.visitor.socket.get(), POLLIN, 0});
  }
  ::poll(watched.data(), watched.size(), milliseconds);
  constexpr auto kPatience = std::chrono::seconds(10);
  for (const Descriptor& listener : listeners_) {
    while (Descriptor socket = accept_from(listener.get())) {
      strangers_.push_back({{.socket = std::move(socket)}, CommClock::now() + kPatience});
    }
  }
  std::vector<Visitor> known;
  std::erase_if(strangers_, [&](Stranger& stranger) { return !listen_to(stranger, known); });
  return known;
}

// False: known by now, or gone.
bool Doorway::listen_to(Stranger& stranger, std::vector<Visitor>& known) const {
  Visitor& visitor = stranger.visitor;
  std::array<char, 256> bytes;
  UNIMO_CHECK(message_size_ <= bytes.size(), "messages of {} bytes", message_size_);
  const ssize_t got =
      ::recv(visitor.socket.get(), bytes.data(), message_size_ - visitor.said.size(), MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN && CommClock::now() < stranger.deadline;
  if (got == 0) return false;
  visitor.said.append(bytes.data(), static_cast<std::size_t>(got));
  if (visitor.said.size() < message_size_) return true;
  known.push_back(std::move(visitor));
  return false;
}

}  // namespace unimo::trainer
