#include "trainer/comm/rendezvous.h"

#include <fmt/ranges.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <thread>
#include <utility>

#include "trainer/comm/doorway.h"
#include "trainer/comm/store.h"

namespace unimo::trainer {

namespace {

using namespace std::chrono_literals;

struct Introduction {
  std::uint64_t magic = 0;
  std::int32_t rank = 0;
  std::int32_t size = 0;
  std::array<char, 201> line{};  // ends with a zero
};
constexpr std::uint64_t kMagic = 0x3276726d6d6f6375;
constexpr std::size_t kIntroduction = sizeof(Introduction);

// The answer is text: this, then the lines; anything else is an error.
constexpr std::string_view kTable = "table\n";

CommClock::time_point deadline_of(const Rendezvous& rendezvous, CommClock::time_point start) {
  return start + std::chrono::milliseconds(static_cast<std::int64_t>(rendezvous.timeout_s * 1e3));
}

// Rank 0's side.
class Table {
 public:
  Table(Rendezvous& rendezvous, const std::string& line)
      : rendezvous_(rendezvous),
        start_(CommClock::now()),
        lines_(static_cast<std::size_t>(rendezvous.launch.size)),
        sockets_(lines_.size()) {
    lines_[0] = line;
  }

  Result<std::vector<std::string>> run() {
    std::vector<Descriptor> listeners;
    listeners.push_back(UNIMO_TRY(listener()));
    Doorway doorway(std::move(listeners), kIntroduction);
    const Status met = wait_for_all(doorway);
    // Everybody is told, also why it came to nothing.
    const std::string answer =
        met ? fmt::format("{}{}\n", kTable, fmt::join(lines_, "\n")) : met.error().message;
    for (const Descriptor& socket : sockets_) {
      if (socket)
        (void)send_all(socket.get(), std::as_bytes(std::span(answer)), CommClock::now() + 5s);
    }
    UNIMO_TRY(Status(met));
    return lines_;
  }

 private:
  Result<Descriptor> listener() {
    const Launch& launch = rendezvous_.launch;
    if (rendezvous_.listener) return std::move(rendezvous_.listener);
    auto listener = listen_on(launch.port, is_loopback(launch.address));
    if (listener) return std::move(listener->socket);
    return fail(listener.error().code,
                "rank 0 cannot wait for the others at {}:{}: {}; is the port taken by another job? "
                "Give another port",
                launch.address, launch.port, listener.error().message);
  }

  Status wait_for_all(Doorway& doorway) {
    while (true) {
      const auto come = [this] {
        std::vector<bool> here;
        for (const std::string& line : lines_) here.push_back(!line.empty());
        return here;
      };
      const auto here = come();
      if (std::find(here.begin(), here.end(), false) == here.end()) return ok();
      UNIMO_TRY(go_on_waiting(rendezvous_, start_, come));
      auto visitors = doorway.wait(20);
      for (Doorway::Visitor& visitor : visitors) UNIMO_TRY(welcome(visitor));
    }
  }

  Status welcome(Doorway::Visitor& visitor) {
    Introduction guest;
    std::memcpy(&guest, visitor.said.data(), sizeof guest);
    if (guest.magic != kMagic || guest.line.back() != '\0') return ok();  // none of ours
    const Launch& launch = rendezvous_.launch;
    const bool fits = guest.size == launch.size && guest.rank > 0 && guest.rank < launch.size;
    if (!fits) {
      const std::string text =
          fmt::format("rank 0 was told of {} ranks, rank {} of {}: start all with the same number",
                      launch.size, guest.rank, guest.size);
      (void)send_all(visitor.socket.get(), std::as_bytes(std::span(text)), CommClock::now() + 1s);
      return fail(ErrorCode::kInvalid, "{}", text);
    }
    const auto rank = static_cast<std::size_t>(guest.rank);
    if (!lines_[rank].empty()) {
      const std::string text = fmt::format(
          "two processes call themselves rank {} of {} at {}:{}: each needs its own "
          "number, and two jobs need two ports",
          rank, launch.size, launch.address, launch.port);
      (void)send_all(visitor.socket.get(), std::as_bytes(std::span(text)), CommClock::now() + 1s);
      return ok();
    }
    lines_[rank] = guest.line.data();
    sockets_[rank] = std::move(visitor.socket);
    return ok();
  }

  Rendezvous& rendezvous_;
  const CommClock::time_point start_;
  std::vector<std::string> lines_;   // by rank; empty: has not come
  std::vector<Descriptor> sockets_;  // to the same
};

// The other ranks' side.
class Guest {
 public:
  explicit Guest(const Rendezvous& rendezvous)
      : rendezvous_(rendezvous), launch_(rendezvous.launch), start_(CommClock::now()) {}

  Result<std::vector<std::string>> run(const std::string& line) {
    const Descriptor socket = UNIMO_TRY(connect());
    Introduction own{.magic = kMagic, .rank = launch_.rank, .size = launch_.size};
    std::copy(line.begin(), line.end(), own.line.begin());
    UNIMO_TRY(send_all(socket.get(), std::as_bytes(std::span(&own, 1)), CommClock::now() + 10s));
    return parse(UNIMO_TRY(answer(socket)));
  }

 private:
  Result<Descriptor> connect() const {
    while (true) {
      const auto deadline = std::min(deadline_of(rendezvous_, start_), CommClock::now() + 500ms);
      auto socket = connect_to(launch_.address, launch_.port, deadline);
      if (socket) return socket;
      if (rendezvous_.given_up) {
        if (const auto reason = rendezvous_.given_up()) {
          return fail(ErrorCode::kFailed, "rank {} gave up meeting the others: {}", launch_.rank,
                      *reason);
        }
      }
      if (CommClock::now() < deadline_of(rendezvous_, start_)) continue;
      return fail(ErrorCode::kIo,
                  "rank {} of {} found no rank 0 at {}:{} within {:.1f} s: has it been started, is "
                  "the address right, is the port open? ({})",
                  launch_.rank, launch_.size, launch_.address, launch_.port, rendezvous_.timeout_s,
                  socket.error().message);
    }
  }

  Result<std::string> answer(const Descriptor& socket) const {
    std::string text;
    // Rank 0 gives up first, and says who is missing.
    const auto deadline = deadline_of(rendezvous_, start_) + 5s;
    while (true) {
      pollfd watched{socket.get(), POLLIN, 0};
      ::poll(&watched, 1, 100);
      std::array<char, 4096> bytes;
      const ssize_t got = ::recv(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (got > 0) text.append(bytes.data(), static_cast<std::size_t>(got));
      if (got == 0) return text;
      if (got < 0 && errno != EAGAIN && errno != EINTR) return text;
      if (rendezvous_.given_up) {
        if (const auto reason = rendezvous_.given_up()) {
          return fail(ErrorCode::kFailed, "rank {} gave up meeting the others: {}", launch_.rank,
                      *reason);
        }
      }
      if (CommClock::now() > deadline) {
        return fail(ErrorCode::kFailed,
                    "rank {} has met somebody at {}:{} who does not answer: is it rank 0 of this "
                    "job?",
                    launch_.rank, launch_.address, launch_.port);
      }
    }
  }

  Result<std::vector<std::string>> parse(const std::string& text) const {
    if (text.empty()) {
      return fail(ErrorCode::kFailed, "rank 0 at {}:{} ended while rank {} waited for the others",
                  launch_.address, launch_.port, launch_.rank);
    }
    if (!text.starts_with(kTable)) {
      return fail(ErrorCode::kFailed, "rank {}: {}", launch_.rank, text);
    }
    std::istringstream stream(text.substr(kTable.size()));
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    if (static_cast<int>(lines.size()) == launch_.size) return lines;
    return fail(ErrorCode::kFailed, "rank 0 gave {} of {} lines", lines.size(), launch_.size);
  }

  const Rendezvous& rendezvous_;
  const Launch& launch_;
  const CommClock::time_point start_;
};

// Through the table that the launcher keeps.
Result<std::vector<std::string>> exchange_by_store(const Rendezvous& rendezvous,
                                                   const std::string& line) {
  const Launch& launch = rendezvous.launch;
  const auto start = CommClock::now();
  const auto store = UNIMO_TRY(RankStore::open(
      launch, std::chrono::milliseconds(static_cast<std::int64_t>(rendezvous.timeout_s * 1e3))));
  const auto key_of = [&](int rank) {
    return fmt::format("unimo{}/rank/{}", launch.attempt, rank);
  };
  const std::string kept = UNIMO_TRY(store->claim(key_of(launch.rank), line));
  if (kept != line) {
    return fail(ErrorCode::kConflict, "two processes call themselves rank {} of {} at {}:{}",
                launch.rank, launch.size, launch.address, launch.port);
  }
  std::vector<std::string> lines;
  while (static_cast<int>(lines.size()) < launch.size) {
    const auto value = UNIMO_TRY(store->look(key_of(static_cast<int>(lines.size()))));
    if (value) {
      lines.push_back(*value);
      continue;
    }
    UNIMO_TRY(go_on_waiting(rendezvous, start, [&] {
      std::vector<bool> here;
      for (int rank = 0; rank < launch.size; ++rank) {
        const auto found = store->look(key_of(rank));
        here.push_back(found && found->has_value());
      }
      return here;
    }));
    std::this_thread::sleep_for(20ms);
  }
  return lines;
}

}  // namespace

Status go_on_waiting(const Rendezvous& rendezvous, CommClock::time_point start,
                     const std::function<std::vector<bool>()>& come) {
  const Launch& launch = rendezvous.launch;
  if (rendezvous.given_up) {
    if (const auto reason = rendezvous.given_up()) {
      return fail(ErrorCode::kFailed, "rank {} gave up meeting the others: {}", launch.rank,
                  *reason);
    }
  }
  if (CommClock::now() < deadline_of(rendezvous, start)) return ok();
  const std::vector<bool> all = come();
  std::vector<std::size_t> here, missing;
  for (std::size_t rank = 0; rank < all.size(); ++rank)
    (all[rank] ? here : missing).push_back(rank);
  return fail(
      ErrorCode::kFailed,
      "rank {} has waited {:.1f} s at {}:{} for the other ranks: of {} have come {}, missing "
      "{}",
      launch.rank, rendezvous.timeout_s, launch.address, launch.port, launch.size,
      fmt::join(here, ", "), fmt::join(missing, ", "));
}

Result<std::vector<std::string>> exchange_lines(Rendezvous& rendezvous, const std::string& line) {
  UNIMO_CHECK(!line.empty() && line.size() <= 200, "a line of {} bytes", line.size());
  if (rendezvous.launch.served) return exchange_by_store(rendezvous, line);
  if (rendezvous.launch.rank == 0) return Table(rendezvous, line).run();
  return Guest(rendezvous).run(line);
}

}  // namespace unimo::trainer
