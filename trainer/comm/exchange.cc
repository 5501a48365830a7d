#include "trainer/comm/exchange.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "trainer/comm/sums.h"

namespace unimo::trainer {

namespace {

constexpr std::size_t kHeader = sizeof(OperationHeader);
// One call moves no more, so that no peer keeps the others waiting and the bytes are still in the
// cache when they are added up.
constexpr std::size_t kMostPerCall = std::size_t{512} << 10;

// Time that this process watched: steps longer than kStep are those in which it stood still itself.
class Patience {
 public:
  void restart() {
    last_ = CommClock::now();
    waited_ = {};
  }
  double pass() {
    const auto now = CommClock::now();
    waited_ += std::min<CommClock::duration>(now - last_, kStep);
    last_ = now;
    return std::chrono::duration<double>(waited_).count();
  }

 private:
  static constexpr std::chrono::seconds kStep{1};
  CommClock::time_point last_ = CommClock::now();
  CommClock::duration waited_{};
};

bool same_call(const OperationHeader& a, const OperationHeader& b) {
  return a.magic == b.magic && a.number == b.number && a.kind == b.kind && a.type == b.type &&
         a.detail == b.detail && (a.count == b.count || a.kind == OperationKind::kGather);
}

// The open part of the pieces from `done` on.
std::size_t cut(const Outgoing& out, std::array<iovec, 3>& list) {
  std::size_t used = 0;
  std::size_t begin = 0;
  std::size_t budget = std::min(out.open - out.done, kMostPerCall);
  for (const auto& piece : out.pieces) {
    const std::size_t end = begin + piece.size();
    if (out.done < end && budget > 0) {
      const std::size_t skip = out.done > begin ? out.done - begin : 0;
      const std::size_t size = std::min(piece.size() - skip, budget);
      // sendmsg does not write there, its type says that it might.
      list[used++] = {const_cast<std::byte*>(piece.data() + skip), size};
      budget -= size;
    }
    begin = end;
  }
  return used;
}

}  // namespace

std::string_view to_string(OperationKind kind) {
  switch (kind) {
    case OperationKind::kAllReduce: return "all_reduce";
    case OperationKind::kReduceScatter: return "reduce_scatter";
    case OperationKind::kAllGather: return "all_gather";
    case OperationKind::kBroadcast: return "broadcast";
    case OperationKind::kGather: return "gather";
    case OperationKind::kBarrier: return "barrier";
    case OperationKind::kCheck: return "device operation";
  }
  return "?";
}

std::string to_text(const OperationHeader& header) {
  if (header.kind == OperationKind::kBarrier || header.kind == OperationKind::kGather) {
    return fmt::format("{} #{}", to_string(header.kind), header.number);
  }
  return fmt::format("{} #{} of {} {}", to_string(header.kind), header.number, header.count,
                     to_string(header.type));
}

Exchange::Exchange(const OperationHeader& own, int rank, std::vector<Transfer> transfers,
                   Summation* summation, std::span<std::byte> rings)
    : own_(own),
      rank_(rank),
      transfers_(std::move(transfers)),
      summation_(summation),
      rings_(rings) {
  for (Transfer& transfer : transfers_) {
    Outgoing& out = transfer.out;
    out.pieces[0] = std::as_bytes(std::span(&own_, 1));
    // Sums are sent as they are taken, all else at once.
    const bool gated = summation_ != nullptr && summation_->publish;
    out.open = out.size() - (gated ? out.pieces[2].size() : 0);
  }
}

bool Exchange::finished() const {
  const bool added = summation_ == nullptr || summation_->done == summation_->own.size();
  return added && std::all_of(transfers_.begin(), transfers_.end(), [](const Transfer& transfer) {
           return transfer.out.done == transfer.out.size() &&
                  transfer.in.done == transfer.in.size();
         });
}

Status Exchange::run(Monitor& monitor, double timeout_s) {
  Patience patience;
  for (Transfer& transfer : transfers_) {
    bool moved = false;
    UNIMO_TRY(send_some(transfer, monitor, moved));
  }
  std::vector<pollfd> watched(transfers_.size() + 1);
  while (!finished()) {
    for (std::size_t i = 0; i < transfers_.size(); ++i) {
      Transfer& transfer = transfers_[i];
      const bool receives = !room(transfer).empty();
      const bool sends = transfer.out.done < transfer.out.open;
      watched[i] = {receives || sends ? transfer.fd : -1,
                    static_cast<short>((receives ? POLLIN : 0) | (sends ? POLLOUT : 0)), 0};
    }
    watched.back() = {monitor.failed_fd(), POLLIN, 0};
    constexpr int kTick_ms = 100;
    ::poll(watched.data(), watched.size(), kTick_ms);
    if (const auto failure = monitor.failure()) return tl::unexpected(*failure);
    bool moved = false;
    UNIMO_TRY(move_ready(watched, monitor, moved));
    if (add_what_is_there() || moved) patience.restart();
    if (const double waited_s = patience.pass(); waited_s > timeout_s) {
      return tl::unexpected(timed_out(monitor, waited_s));
    }
  }
  return ok();
}

Status Exchange::move_ready(std::span<const pollfd> watched, Monitor& monitor, bool& moved) {
  for (std::size_t i = 0; i < transfers_.size(); ++i) {
    const int events = watched[i].revents;
    if (events == 0) continue;
    const bool broken = (events & (POLLERR | POLLHUP)) != 0;
    if ((events & POLLIN) != 0 || (broken && !room(transfers_[i]).empty())) {
      UNIMO_TRY(receive_some(transfers_[i], monitor, moved));
    }
    if ((events & POLLOUT) != 0 || broken) UNIMO_TRY(send_some(transfers_[i], monitor, moved));
  }
  return ok();
}

Status Exchange::send_some(Transfer& transfer, Monitor& monitor, bool& moved) {
  Outgoing& out = transfer.out;
  if (out.done == out.open) return ok();
  std::array<iovec, 3> list;
  msghdr message{};
  message.msg_iov = list.data();
  message.msg_iovlen = cut(out, list);
  const ssize_t sent = ::sendmsg(transfer.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) {
    out.done += static_cast<std::size_t>(sent);
    moved = true;
    return ok();
  }
  if (sent == 0 || errno == EAGAIN || errno == EINTR) return ok();
  return tl::unexpected(monitor.explain_loss(transfer.rank));
}

// Where the next bytes of the peer go; empty: nothing is awaited, or the ring is full.
std::span<std::byte> Exchange::room(Transfer& transfer) {
  Incoming& in = transfer.in;
  if (in.done < kHeader) {
    return std::as_writable_bytes(std::span(&transfer.header, 1)).subspan(in.done);
  }
  const std::size_t at = in.done - kHeader;
  if (at >= in.staged) return in.direct.subspan(at - in.staged);
  const std::size_t place = at % kRing;
  const std::size_t size = std::min({in.staged - at, kRing - place, summation_->done + kRing - at});
  return {ring_of(transfer.rank) + place, size};
}

Status Exchange::receive_some(Transfer& transfer, Monitor& monitor, bool& moved) {
  const std::span<std::byte> free = room(transfer);
  if (free.empty()) return ok();
  const ssize_t got =
      ::recv(transfer.fd, free.data(), std::min(free.size(), kMostPerCall), MSG_DONTWAIT);
  if (got > 0) {
    const bool header = transfer.in.done < kHeader;
    transfer.in.done += static_cast<std::size_t>(got);
    moved = true;
    if (header && transfer.in.done == kHeader) return header_arrived(transfer);
    return ok();
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return ok();
  return tl::unexpected(monitor.explain_loss(transfer.rank));
}

Status Exchange::header_arrived(Transfer& transfer) {
  const OperationHeader& theirs = transfer.header;
  if (!same_call(own_, theirs)) {
    const bool parts = to_text(own_) == to_text(theirs) && own_.detail != theirs.detail;
    return fail(
        ErrorCode::kFailed,
        "rank {} called {}, rank {} called {}{}: every rank must make the same calls in the "
        "same order",
        rank_, to_text(own_), transfer.rank,
        theirs.magic == own_.magic ? to_text(theirs) : std::string("something unknown"),
        parts ? " with other parts or another root" : "");
  }
  if (transfer.in.text != nullptr) {
    transfer.in.text->resize(static_cast<std::size_t>(theirs.count));
    transfer.in.direct = std::as_writable_bytes(std::span(*transfer.in.text));
  }
  return ok();
}

bool Exchange::add_what_is_there() {
  if (summation_ == nullptr || summation_->done == summation_->own.size()) return false;
  Summation& sum = *summation_;
  const auto element = static_cast<std::size_t>(size_of(sum.type));
  std::size_t there = sum.own.size();
  for (const Transfer& transfer : transfers_) {
    there = std::min(there, transfer.in.done - std::min(transfer.in.done, kHeader));
  }
  there -= there % element;
  const bool last = there == sum.own.size();
  if (there - sum.done < kGrain && !last) return false;
  while (sum.done < there) {
    const std::size_t size = std::min(there - sum.done, kRing - sum.done % kRing);
    std::vector<const std::byte*> terms(transfers_.size() + 1, sum.own.data() + sum.done);
    for (const Transfer& transfer : transfers_) {
      terms[static_cast<std::size_t>(transfer.rank)] = ring_of(transfer.rank) + sum.done % kRing;
    }
    add_in_order(sum.type, terms, sum.own.data() + sum.done,
                 static_cast<std::int64_t>(size / element));
    sum.done += size;
    for (Transfer& transfer : transfers_) {
      if (sum.publish) transfer.out.open += size;
    }
  }
  return true;
}

Error Exchange::timed_out(const Monitor& monitor, double waited_s) const {
  std::vector<int> late;
  for (const Transfer& transfer : transfers_) {
    if (transfer.in.done < transfer.in.size() || transfer.out.done < transfer.out.open) {
      late.push_back(transfer.rank);
    }
  }
  return {ErrorCode::kFailed, fmt::format("rank {} waited {:.1f} s in {} for {}", rank_, waited_s,
                                          to_text(own_), monitor.describe_latest(late))};
}

}  // namespace unimo::trainer
