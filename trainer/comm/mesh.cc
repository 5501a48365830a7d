#include "trainer/comm/mesh.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <sstream>
#include <utility>

#include "trainer/comm/doorway.h"

namespace unimo::trainer {

namespace {

enum class Channel : std::uint32_t { kData, kControl };

struct Greeting {
  std::uint64_t magic = 0;
  std::uint64_t group = 0;
  std::uint32_t rank = 0;
  Channel channel = Channel::kData;
};
static_assert(sizeof(Greeting) == 24);
constexpr std::uint64_t kMagic = 0x31766d6d6f636e75;

// What a rank brings to the rendezvous, as text:
// "9f86d081884c7d65 10.0.0.5 40111 <boot>/net:[4026531840] 0004f".
struct Record {
  std::uint64_t group = 0;  // rank 0's counts
  std::string host;         // "-": the machine of rank 0
  int port = 0;
  std::string scope, name;  // where `name` reaches it locally
};

Result<Record> parse_record(const std::string& text, int rank) {
  Record record;
  std::istringstream stream(text);
  if (stream >> std::hex >> record.group >> record.host >> std::dec >> record.port >>
      record.scope >> record.name) {
    return record;
  }
  return fail(ErrorCode::kFailed,
              "rank {} says that it is at \"{}\": do all ranks run the same program?", rank, text);
}

class Builder {
 public:
  explicit Builder(Rendezvous rendezvous)
      : rendezvous_(std::move(rendezvous)),
        launch_(rendezvous_.launch),
        start_(CommClock::now()),
        peers_(static_cast<std::size_t>(launch_.size)) {}

  Result<std::vector<Connection>> run() {
    Listener listener = UNIMO_TRY(listen_on(0, is_loopback(launch_.address)));
    LocalListener local = UNIMO_TRY(listen_locally());
    UNIMO_TRY(meet(listener.port, local.name));
    std::vector<Descriptor> sockets;
    sockets.push_back(std::move(listener.socket));
    sockets.push_back(std::move(local.socket));
    Doorway doorway(std::move(sockets), sizeof(Greeting));
    for (int rank = 0; rank < launch_.rank; ++rank) {
      Connection& peer = peers_[static_cast<std::size_t>(rank)];
      peer.data = UNIMO_TRY(greet(rank, Channel::kData));
      peer.control = UNIMO_TRY(greet(rank, Channel::kControl));
    }
    UNIMO_TRY(accept_higher(doorway));
    for (Connection& peer : peers_) {
      if (!peer.data) continue;
      set_nonblocking(peer.data.get());
      set_nonblocking(peer.control.get());
    }
    return std::move(peers_);
  }

 private:
  Status meet(int port, const std::string& name) {
    // Who reaches rank 0 without leaving the machine is found where rank 0 is found.
    const std::string own = UNIMO_TRY(own_address_towards(launch_.address, launch_.port));
    std::random_device device;
    const std::uint64_t group = (std::uint64_t{device()} << 32) | device();
    const auto lines = UNIMO_TRY(
        exchange_lines(rendezvous_, fmt::format("{:x} {} {} {} {}", group, own.empty() ? "-" : own,
                                                port, local_scope(), name)));
    for (int rank = 0; rank < launch_.size; ++rank) {
      records_.push_back(UNIMO_TRY(parse_record(lines[static_cast<std::size_t>(rank)], rank)));
    }
    return ok();
  }

  Result<Descriptor> greet(int rank, Channel channel) {
    const auto deadline =
        start_ + std::chrono::milliseconds(static_cast<std::int64_t>(rendezvous_.timeout_s * 1e3));
    auto socket = connect(records_[static_cast<std::size_t>(rank)], channel, deadline);
    if (!socket) {
      return fail(socket.error().code, "rank {} does not reach rank {}: {}", launch_.rank, rank,
                  socket.error().message);
    }
    const Greeting greeting{.magic = kMagic,
                            .group = records_[0].group,
                            .rank = static_cast<std::uint32_t>(launch_.rank),
                            .channel = channel};
    UNIMO_TRY(send_all(socket->get(), std::as_bytes(std::span(&greeting, 1)), deadline));
    return socket;
  }

  // Much data goes the short way where there is one; whether a rank lives is TCP's to tell.
  Result<Descriptor> connect(const Record& to, Channel channel,
                             CommClock::time_point deadline) const {
    const bool near = to.scope != "-" && to.scope == local_scope();
    if (near && channel == Channel::kData) return connect_locally(to.name);
    return connect_to(to.host == "-" ? launch_.address : to.host, to.port, deadline);
  }

  Status accept_higher(Doorway& doorway) {
    const auto come = [this] {
      std::vector<bool> here;
      for (int rank = 0; rank < launch_.size; ++rank) {
        const Connection& peer = peers_[static_cast<std::size_t>(rank)];
        here.push_back(rank <= launch_.rank || (peer.data && peer.control));
      }
      return here;
    };
    while (true) {
      const std::vector<bool> here = come();
      if (std::find(here.begin(), here.end(), false) == here.end()) return ok();
      UNIMO_TRY(go_on_waiting(rendezvous_, start_, come));
      auto visitors = doorway.wait(50);
      for (Doorway::Visitor& visitor : visitors) welcome(visitor);
    }
  }

  void welcome(Doorway::Visitor& visitor) {
    Greeting greeting;
    std::memcpy(&greeting, visitor.said.data(), sizeof greeting);
    const bool ours = greeting.magic == kMagic && greeting.group == records_[0].group &&
                      greeting.rank < peers_.size() &&
                      static_cast<int>(greeting.rank) > launch_.rank &&
                      greeting.channel <= Channel::kControl;
    if (!ours) return;
    Connection& peer = peers_[greeting.rank];
    (greeting.channel == Channel::kData ? peer.data : peer.control) = std::move(visitor.socket);
  }

  Rendezvous rendezvous_;
  const Launch launch_;
  const CommClock::time_point start_;
  std::vector<Record> records_;
  std::vector<Connection> peers_;
};

}  // namespace

Result<std::vector<Connection>> build_mesh(Rendezvous rendezvous) {
  return Builder(std::move(rendezvous)).run();
}

}  // namespace unimo::trainer
