#include "trainer/comm/monitor.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <tuple>
#include <utility>

namespace unimo::trainer {

namespace {

enum class FrameType : std::uint8_t { kBeat, kFarewell, kAbort };
constexpr std::uint32_t kFrameMagic = 0x316d6372;
constexpr std::size_t kLongestText = 4000;
// A machine that does not answer for so long is dead: its kernel would answer for a stopped
// process.
constexpr int kUnansweredLimit_s = 60;

double seconds_since(CommClock::time_point start) {
  return std::chrono::duration<double>(CommClock::now() - start).count();
}

}  // namespace

struct Monitor::Frame {
  std::uint32_t magic = kFrameMagic;
  FrameType type = FrameType::kBeat;
  std::uint8_t detail = 0;   // beat: busy; abort: the ErrorCode
  std::uint16_t length = 0;  // bytes of text that follow
  std::uint64_t number = 0;  // beat: the last operation
};

Monitor::Monitor(int rank, std::vector<Descriptor> controls, double beat_s)
    : rank_(rank),
      beat_(std::max(10, static_cast<int>(beat_s * 1e3))),
      peers_(controls.size()),
      since_(CommClock::now()) {
  for (std::size_t peer = 0; peer < controls.size(); ++peer) {
    if (!controls[peer]) continue;
    set_unanswered_limit(controls[peer].get(), kUnansweredLimit_s);
    peers_[peer].control = std::move(controls[peer]);
    peers_[peer].open = true;
    peers_[peer].heard = since_;
  }
  thread_ = std::thread([this] { run(); });
}

Monitor::~Monitor() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    if (!failure_) {
      for (int peer = 0; peer < static_cast<int>(peers_.size()); ++peer) {
        tell(peer, {.type = FrameType::kFarewell, .number = number_}, "", false);
      }
    }
  }
  ended_.wake();
  thread_.join();
  for (const Peer& peer : peers_) {
    if (!peer.control) continue;
    // Unread signs of life would make the kernel reset the connection instead of ending it, and a
    // reset may overtake the farewell.
    ::shutdown(peer.control.get(), SHUT_WR);
    std::array<char, 4096> rest;
    while (::recv(peer.control.get(), rest.data(), rest.size(), MSG_DONTWAIT) > 0) {
    }
  }
}

void Monitor::enter(std::string operation, std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  operation_ = std::move(operation);
  number_ = number;
  since_ = CommClock::now();
}

void Monitor::leave() {
  const std::lock_guard lock(mutex_);
  operation_.clear();
  since_ = CommClock::now();
}

std::optional<Error> Monitor::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

Error Monitor::fail_group(Error error) {
  const std::lock_guard lock(mutex_);
  const std::string told = error.message;
  return record(std::move(error), told);
}

// The mutex is held.
Error Monitor::record(Error error, const std::string& told) {
  if (failure_) return *failure_;
  failure_ = std::move(error);
  for (int peer = 0; peer < static_cast<int>(peers_.size()); ++peer) {
    tell(peer, {.type = FrameType::kAbort, .detail = static_cast<std::uint8_t>(failure_->code)},
         told, false);
  }
  failed_.wake();
  news_.notify_all();
  return *failure_;
}

Error Monitor::explain_loss(int peer) {
  constexpr auto kPatience = std::chrono::seconds(3);
  std::unique_lock lock(mutex_);
  Peer& lost = peers_[static_cast<std::size_t>(peer)];
  news_.wait_for(lock, kPatience, [&] { return failure_ || lost.left; });
  if (failure_) return *failure_;
  const std::string text =
      lost.left ? fmt::format("rank {} has left after its operation #{} while {}", peer,
                              lost.number, doing())
                : fmt::format("rank {} closed its connection while {}", peer, doing());
  return record({ErrorCode::kFailed, text}, text);
}

std::string Monitor::describe_latest(std::span<const int> late) const {
  const std::lock_guard lock(mutex_);
  const auto is_silent = [this](const Peer& peer) {
    return CommClock::now() - peer.heard > 3 * beat_;
  };
  // Others wait like this one: first comes who is silent, then who is furthest behind.
  const auto later = [&](int a, int b) {
    const auto key = [&](const Peer& peer) {
      return std::tuple(!is_silent(peer), peer.number, peer.busy);
    };
    return key(peers_[static_cast<std::size_t>(a)]) < key(peers_[static_cast<std::size_t>(b)]);
  };
  const int latest = *std::min_element(late.begin(), late.end(), later);
  const Peer& peer = peers_[static_cast<std::size_t>(latest)];
  if (is_silent(peer)) {
    return fmt::format(
        "rank {}; no sign of life from it for {:.1f} s: it is stopped or its machine "
        "hangs",
        latest, seconds_since(peer.heard));
  }
  return fmt::format(
      "rank {}; it lives and {} its operation #{}: it is slow, or does something else", latest,
      peer.busy ? "is in" : "has ended", peer.number);
}

std::string Monitor::doing() const {
  if (operation_.empty()) {
    return number_ == 0 ? fmt::format("rank {} was before its first operation", rank_)
                        : fmt::format("rank {} was between operations (after #{})", rank_, number_);
  }
  return fmt::format("rank {} waited in {} for {:.1f} s", rank_, operation_, seconds_since(since_));
}

void Monitor::run() {
  auto next_beat = CommClock::now();
  while (true) {
    std::vector<pollfd> watched = {{ended_.fd(), POLLIN, 0}};
    std::vector<int> ranks = {rank_};
    {
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      for (int peer = 0; peer < static_cast<int>(peers_.size()); ++peer) {
        const Peer& other = peers_[static_cast<std::size_t>(peer)];
        if (!other.open) continue;
        watched.push_back({other.control.get(), POLLIN, 0});
        ranks.push_back(peer);
      }
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next_beat - CommClock::now());
    ::poll(watched.data(), watched.size(),
           static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, beat_.count())));
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    for (std::size_t i = 1; i < watched.size(); ++i) {
      if (watched[i].revents != 0) read_from(ranks[i]);
    }
    // Only after all was read: a rank that ends because it was told to must not pass for the cause.
    for (std::size_t i = 1; i < watched.size(); ++i) {
      if (!peers_[static_cast<std::size_t>(ranks[i])].open) peer_closed(ranks[i]);
    }
    if (CommClock::now() >= next_beat) {
      send_beats();
      next_beat = CommClock::now() + beat_;
    }
  }
}

void Monitor::read_from(int peer) {
  Peer& other = peers_[static_cast<std::size_t>(peer)];
  while (true) {
    std::array<char, 4096> bytes;
    const ssize_t got = ::recv(other.control.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
      other.received.append(bytes.data(), static_cast<std::size_t>(got));
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || errno != EAGAIN) other.open = false;
    break;
  }
  other.heard = CommClock::now();
  take_frames(peer);
}

void Monitor::take_frames(int peer) {
  Peer& other = peers_[static_cast<std::size_t>(peer)];
  while (other.received.size() >= sizeof(Frame)) {
    Frame frame;
    std::memcpy(&frame, other.received.data(), sizeof frame);
    if (frame.magic != kFrameMagic) {
      other.open = false;
      const std::string text =
          fmt::format("rank {} talks nonsense on its control connection while {}", peer, doing());
      record({ErrorCode::kFailed, text}, text);
      return;
    }
    if (other.received.size() < sizeof(Frame) + frame.length) return;
    const std::string text = other.received.substr(sizeof(Frame), frame.length);
    other.received.erase(0, sizeof(Frame) + frame.length);
    if (frame.type == FrameType::kAbort) {
      record({static_cast<ErrorCode>(frame.detail), fmt::format("{} ({})", text, doing())}, text);
      continue;
    }
    other.number = frame.number;
    other.busy = frame.detail != 0;
    if (frame.type == FrameType::kFarewell) {
      other.left = true;
      news_.notify_all();
    }
  }
}

void Monitor::peer_closed(int peer) {
  Peer& other = peers_[static_cast<std::size_t>(peer)];
  if (other.left || failure_) return;
  const std::string text = fmt::format("rank {} died while {}", peer, doing());
  record({ErrorCode::kFailed, text}, text);
}

void Monitor::send_beats() {
  const Frame frame{.type = FrameType::kBeat,
                    .detail = static_cast<std::uint8_t>(operation_.empty() ? 0 : 1),
                    .number = number_};
  for (int peer = 0; peer < static_cast<int>(peers_.size()); ++peer) tell(peer, frame, "", true);
}

// Frames are far smaller than a socket's buffer, so that sending blocks only towards a rank that
// has read nothing for long; such a rank may miss a sign of life.
void Monitor::tell(int peer, const Frame& frame, std::string_view text, bool may_be_dropped) {
  Peer& other = peers_[static_cast<std::size_t>(peer)];
  if (!other.open) return;
  Frame sized = frame;
  text = text.substr(0, kLongestText);
  sized.length = static_cast<std::uint16_t>(text.size());
  std::string bytes(reinterpret_cast<const char*>(&sized), sizeof sized);
  bytes += text;
  if (may_be_dropped) {
    pollfd room{other.control.get(), POLLOUT, 0};
    if (::poll(&room, 1, 0) != 1) return;
  }
  // A connection that does not take it is found broken by read_from, which knows why.
  (void)send_all(other.control.get(), std::as_bytes(std::span(bytes)),
                 CommClock::now() + std::chrono::seconds(1));
}

}  // namespace unimo::trainer
