#include "trainer/comm/mesh.h"

#include <fmt/ranges.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <sstream>
#include <thread>
#include <utility>

#include "trainer/comm/store.h"

namespace unimo::trainer {

namespace {

using namespace std::chrono_literals;

enum class Channel : std::uint32_t { kData, kControl };

struct Greeting {
  std::uint64_t magic = 0;
  std::uint64_t group = 0;
  std::uint32_t rank = 0;
  Channel channel = Channel::kData;
};
static_assert(sizeof(Greeting) == 24);
constexpr std::uint64_t kMagic = 0x31766d6d6f636e75;  // "uncommv1"

// What a rank publishes, as text: "4 9f86d081884c7d65 10.0.0.5 40111".
struct Record {
  int size = 0;
  std::uint64_t group = 0;  // counts in rank 0's record
  std::string host;         // "-": the machine of rank 0
  int port = 0;
};

std::string to_text(const Record& record) {
  return fmt::format("{} {:x} {} {}", record.size, record.group, record.host, record.port);
}

Result<Record> parse_record(const std::string& text, int rank) {
  Record record;
  std::istringstream stream(text);
  if (stream >> record.size >> std::hex >> record.group >> record.host >> std::dec >> record.port) {
    return record;
  }
  return fail(ErrorCode::kFailed,
              "rank {} has published \"{}\": do all ranks run the same program?", rank, text);
}

// A connection that was accepted and has not yet said who it is.
struct Stranger {
  Descriptor socket;
  std::array<std::byte, sizeof(Greeting)> bytes{};
  std::size_t got = 0;
  CommClock::time_point deadline;
};

class Meeting {
 public:
  explicit Meeting(MeshRequest request)
      : request_(std::move(request)),
        launch_(request_.launch),
        deadline_(CommClock::now() +
                  std::chrono::milliseconds(static_cast<std::int64_t>(request_.timeout_s * 1e3))),
        peers_(static_cast<std::size_t>(launch_.size)) {}

  Result<std::vector<Connection>> run() {
    UNIMO_TRY(open_store());
    UNIMO_TRY(publish());
    UNIMO_TRY(find_others());
    UNIMO_TRY(connect_to_lower());
    UNIMO_TRY(accept_higher());
    UNIMO_TRY(keep_store_until_all_met());
    for (Connection& peer : peers_) {
      if (!peer.data) continue;
      set_nonblocking(peer.data.get());
      set_nonblocking(peer.control.get());
    }
    return std::move(peers_);
  }

 private:
  Status open_store() {
    const auto limit =
        std::chrono::milliseconds(static_cast<std::int64_t>(request_.timeout_s * 1e3));
    store_ = UNIMO_TRY(RankStore::open(launch_, std::move(request_.listener), limit));
    return ok();
  }

  Status publish() {
    const std::string own = UNIMO_TRY(own_address_towards(launch_.address, launch_.port));
    // Who reaches rank 0 without leaving the machine is found where rank 0 is found. When even its
    // address says that nobody else can come (127.…), nobody else shall.
    const bool this_machine_only = launch_.address.starts_with("127.") ||
                                   launch_.address == "localhost" || launch_.address == "::1";
    listener_ = UNIMO_TRY(listen_on(0, this_machine_only));
    Record record{.size = launch_.size,
                  .host = own.empty() ? "-" : own,
                  .port = listener_.port};
    if (launch_.rank == 0) {
      std::random_device device;
      record.group = (std::uint64_t{device()} << 32) | device();
    }
    const std::string text = to_text(record);
    const std::string kept = UNIMO_TRY(store_->claim(key_of(launch_.rank), text));
    if (kept == text) return ok();
    return fail(ErrorCode::kConflict,
                "two processes call themselves rank {} of {} at {}:{}: each needs its own number, "
                "and two jobs need two ports",
                launch_.rank, launch_.size, launch_.address, launch_.port);
  }

  std::string key_of(int rank) const {
    return fmt::format("unimo{}/rank/{}", launch_.attempt, rank);
  }

  Status find_others() {
    for (int rank = 0; rank < launch_.size; ++rank) {
      const std::string text = UNIMO_TRY(wait_for_key(key_of(rank)));
      records_.push_back(UNIMO_TRY(parse_record(text, rank)));
      if (records_.back().size == launch_.size) continue;
      return fail(ErrorCode::kInvalid,
                  "rank {} was told of {} ranks, rank {} of {}: start all with the same number",
                  launch_.rank, launch_.size, rank, records_.back().size);
    }
    return ok();
  }

  Result<std::string> wait_for_key(const std::string& key) {
    while (true) {
      if (auto value = UNIMO_TRY(store_->look(key))) return *std::move(value);
      UNIMO_TRY(go_on_waiting());
      std::this_thread::sleep_for(5ms);
    }
  }

  Status go_on_waiting() {
    if (request_.given_up) {
      if (const auto reason = request_.given_up()) {
        return fail(ErrorCode::kFailed, "rank {} gave up meeting the others: {}", launch_.rank,
                    *reason);
      }
    }
    if (CommClock::now() < deadline_) return ok();
    std::vector<int> here, missing;
    for (int rank = 0; rank < launch_.size; ++rank) {
      const auto value = UNIMO_TRY(store_->look(key_of(rank)));
      (value ? here : missing).push_back(rank);
    }
    return fail(ErrorCode::kFailed,
                "rank {} has waited {:.1f} s at {}:{} for the other ranks: of {} have come {}, "
                "missing {}",
                launch_.rank, request_.timeout_s, launch_.address, launch_.port, launch_.size,
                fmt::join(here, ", "),
                missing.empty() ? std::string("none, but not all have connected")
                                : fmt::format("{}", fmt::join(missing, ", ")));
  }

  Status connect_to_lower() {
    for (int rank = 0; rank < launch_.rank; ++rank) {
      Connection& peer = peers_[static_cast<std::size_t>(rank)];
      peer.data = UNIMO_TRY(greet(rank, Channel::kData));
      peer.control = UNIMO_TRY(greet(rank, Channel::kControl));
    }
    return ok();
  }

  Result<Descriptor> greet(int rank, Channel channel) {
    const Record& record = records_[static_cast<std::size_t>(rank)];
    const std::string& host = record.host == "-" ? launch_.address : record.host;
    auto socket = connect_to(host, record.port, deadline_);
    if (!socket) {
      return fail(socket.error().code, "rank {} does not reach rank {}: {}", launch_.rank, rank,
                  socket.error().message);
    }
    const Greeting greeting{.magic = kMagic,
                            .group = records_[0].group,
                            .rank = static_cast<std::uint32_t>(launch_.rank),
                            .channel = channel};
    UNIMO_TRY(send_all(socket->get(), std::as_bytes(std::span(&greeting, 1)), deadline_));
    return socket;
  }

  // Strangers are read side by side: one that says nothing must not keep the others waiting.
  Status accept_higher() {
    while (!complete()) {
      std::vector<pollfd> watched = {{listener_.socket.get(), POLLIN, 0}};
      for (const Stranger& stranger : strangers_)
        watched.push_back({stranger.socket.get(), POLLIN, 0});
      ::poll(watched.data(), watched.size(), 50);
      UNIMO_TRY(go_on_waiting());
      while (Descriptor socket = accept_from(listener_)) {
        constexpr auto kPatience = 10s;
        strangers_.push_back(
            {.socket = std::move(socket), .deadline = CommClock::now() + kPatience});
      }
      std::erase_if(strangers_, [this](Stranger& stranger) { return !listen_to(stranger); });
    }
    strangers_.clear();
    return ok();
  }

  bool complete() const {
    return std::all_of(peers_.begin() + launch_.rank + 1, peers_.end(),
                       [](const Connection& peer) { return peer.data && peer.control; });
  }

  // False: known by now, or not one of ours.
  bool listen_to(Stranger& stranger) {
    const ssize_t got = ::recv(stranger.socket.get(), stranger.bytes.data() + stranger.got,
                               stranger.bytes.size() - stranger.got, 0);
    if (got < 0) return errno == EAGAIN && CommClock::now() < stranger.deadline;
    if (got == 0) return false;
    stranger.got += static_cast<std::size_t>(got);
    if (stranger.got < stranger.bytes.size()) return true;
    Greeting greeting;
    std::copy(stranger.bytes.begin(), stranger.bytes.end(),
              std::as_writable_bytes(std::span(&greeting, 1)).begin());
    const bool ours = greeting.magic == kMagic && greeting.group == records_[0].group &&
                      greeting.rank < peers_.size() &&
                      static_cast<int>(greeting.rank) > launch_.rank &&
                      greeting.channel <= Channel::kControl;
    if (ours) {
      Connection& peer = peers_[greeting.rank];
      (greeting.channel == Channel::kData ? peer.data : peer.control) = std::move(stranger.socket);
    }
    return false;
  }

  // Rank 0 takes the table with it, so that it waits until the others have read it.
  Status keep_store_until_all_met() {
    const std::string done = fmt::format("unimo{}/met/", launch_.attempt);
    (void)UNIMO_TRY(store_->claim(fmt::format("{}{}", done, launch_.rank), "yes"));
    if (launch_.rank != 0) return ok();
    for (int rank = 1; rank < launch_.size; ++rank) {
      (void)UNIMO_TRY(wait_for_key(fmt::format("{}{}", done, rank)));
    }
    return ok();
  }

  MeshRequest request_;
  const Launch launch_;
  const CommClock::time_point deadline_;
  std::unique_ptr<RankStore> store_;
  Listener listener_;
  std::vector<Record> records_;
  std::vector<Connection> peers_;
  std::vector<Stranger> strangers_;
};

}  // namespace

Result<std::vector<Connection>> build_mesh(MeshRequest request) {
  return Meeting(std::move(request)).run();
}

}  // namespace unimo::trainer
