// The moving of bytes in one operation: with every other rank at once, sending and receiving side
// by side, and sums taken as soon as all their terms are there.
//
// With each rank goes, in this order: the header of the operation; then what that rank shall have
// from this one; then, in an all-reduce, this rank's finished sums. What comes from a rank mirrors
// that. Terms of sums arrive in a small ring per rank and leave it as sums in the caller's buffer;
// everything else arrives where it belongs.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/comm/comm.h"
#include "trainer/comm/monitor.h"
#include "trainer/comm/sockets.h"

namespace unimo::trainer {

enum class OperationKind : std::uint32_t {
  kAllReduce,
  kReduceScatter,
  kAllGather,
  kBroadcast,
  kGather,
  kBarrier,
  kCheck,  // of an operation that goes another way (NCCL): `detail` says which
};
std::string_view to_string(OperationKind kind);

// The first bytes of an operation between two ranks.
struct OperationHeader {
  std::uint64_t magic = 0x31706f6d6d6f6375;
  std::uint64_t number = 0;  // operations are counted from 1
  OperationKind kind = OperationKind::kBarrier;
  ElementType type = ElementType::kByte;
  std::array<std::uint8_t, 3> unused{};
  std::int64_t count = 0;    // elements; of a gather: those of the sender
  std::uint64_t detail = 0;  // a digest of the parts; the root
};
static_assert(sizeof(OperationHeader) == 40);
// "all_reduce #12 of 100 float"
std::string to_text(const OperationHeader& header);

// One direction of one connection.
struct Outgoing {
  std::array<std::span<const std::byte>, 3> pieces;
  std::size_t open = 0;  // bytes that may be sent by now
  std::size_t done = 0;
  std::size_t size() const { return pieces[0].size() + pieces[1].size() + pieces[2].size(); }
};
struct Incoming {
  std::size_t staged = 0;       // bytes after the header that go through the ring
  std::span<std::byte> direct;  // those after them
  std::string* text = nullptr;  // instead of `direct`: as many as the header says
  std::size_t done = 0;
  std::size_t size() const { return sizeof(OperationHeader) + staged + direct.size(); }
};

struct Transfer {
  int rank = 0;  // of the peer
  int fd = -1;
  Outgoing out;
  Incoming in;
  OperationHeader header;  // the peer's, when it has come
};

// The sums that this rank computes: its own terms lie in the caller's buffer and are replaced.
struct Summation {
  ElementType type = ElementType::kFloat;
  std::span<std::byte> own;
  bool publish = false;  // the sums are the third piece of every Outgoing
  std::size_t done = 0;  // bytes
};

class Exchange {
 public:
  // Bytes between sums that are worth a call; how far a rank may be ahead.
  static constexpr std::size_t kGrain = std::size_t{128} << 10;
  static constexpr std::size_t kRing = std::size_t{512} << 10;

  // `transfers`: one for each other rank, headers not included. `rings`: kRing bytes per rank,
  // used when there is a sum.
  Exchange(const OperationHeader& own, int rank, std::vector<Transfer> transfers,
           Summation* summation, std::span<std::byte> rings);

  // Until all is sent and received. Nothing moving for `timeout_s` is an error; time in which this
  // process itself stood still (stopped, suspended) does not count.
  Status run(Monitor& monitor, double timeout_s);

 private:
  bool finished() const;
  Status move_ready(std::span<const pollfd> watched, Monitor& monitor, bool& moved);
  Status send_some(Transfer& transfer, Monitor& monitor, bool& moved);
  Status receive_some(Transfer& transfer, Monitor& monitor, bool& moved);
  std::span<std::byte> room(Transfer& transfer);
  Status header_arrived(Transfer& transfer);
  bool add_what_is_there();
  Error timed_out(const Monitor& monitor, double waited_s) const;
  std::byte* ring_of(int rank) { return rings_.data() + static_cast<std::size_t>(rank) * kRing; }

  const OperationHeader own_;
  const int rank_;
  std::vector<Transfer> transfers_;
  Summation* summation_;
  std::span<std::byte> rings_;
};

}  // namespace unimo::trainer
