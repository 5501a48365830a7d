#include "trainer/comm/tcp_comm.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace unimo::trainer {

namespace {

class Started : public Work {
 public:
  explicit Started(std::future<Status> result) : result_(result.share()) {}
  ~Started() override { result_.wait(); }
  Status wait() override { return result_.get(); }

 private:
  std::shared_future<Status> result_;
};

// FNV-1a (Fowler, Noll, Vo), 64 bits: enough to find parts that differ.
std::uint64_t digest_of(std::span<const Part> parts) {
  std::uint64_t digest = 0xcbf29ce484222325;
  for (const std::byte byte : std::as_bytes(parts)) {
    digest = (digest ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3;
  }
  return digest;
}

std::span<std::byte> bytes_of(const CommBuffer& buffer, const Part& part) {
  const auto element = static_cast<std::size_t>(size_of(buffer.type));
  return {static_cast<std::byte*>(buffer.data) + static_cast<std::size_t>(part.offset) * element,
          static_cast<std::size_t>(part.count) * element};
}

Status check_host(const CommBuffer& buffer) {
  if (buffer.memory == MemoryKind::kHost) return ok();
  return fail(ErrorCode::kInvalid, "TCP moves host memory only: give a copy on the host");
}

Status check_sum(const CommBuffer& buffer) {
  UNIMO_TRY(check_summable(buffer));
  return check_host(buffer);
}

}  // namespace

Result<std::unique_ptr<TcpComm>> TcpComm::open(Rendezvous rendezvous,
                                               const TcpCommOptions& options) {
  const int rank = rendezvous.launch.rank;
  std::vector<Connection> peers = UNIMO_TRY(build_mesh(std::move(rendezvous)));
  std::vector<Descriptor> data, controls;
  for (Connection& peer : peers) {
    data.push_back(std::move(peer.data));
    controls.push_back(std::move(peer.control));
  }
  return std::unique_ptr<TcpComm>(new TcpComm(rank, std::move(data), std::move(controls), options));
}

TcpComm::TcpComm(int rank, std::vector<Descriptor> data, std::vector<Descriptor> controls,
                 const TcpCommOptions& options)
    : rank_(rank),
      options_(options),
      data_(std::move(data)),
      monitor_(rank, std::move(controls), options.beat_s),
      thread_([this] { run_queue(); }) {}

TcpComm::~TcpComm() {
  bool unfinished = false;
  {
    const std::lock_guard lock(mutex_);
    unfinished = unfinished_ > 0;
    ending_ = true;
  }
  if (unfinished) {
    abort({ErrorCode::kFailed, "left the group with operations that were not waited for"});
  }
  news_.notify_all();
  thread_.join();
}

void TcpComm::abort(const Error& reason) {
  (void)monitor_.fail_group({reason.code, fmt::format("rank {}: {}", rank_, reason.message)});
}

std::vector<Transfer> TcpComm::transfers() const {
  std::vector<Transfer> list;
  // From the next rank on, so that not all begin with the same one.
  for (int i = 1; i < size(); ++i) {
    const int peer = (rank_ + i) % size();
    list.push_back({.rank = peer, .fd = data_[static_cast<std::size_t>(peer)].get()});
  }
  return list;
}

std::unique_ptr<Work> TcpComm::start_all_reduce(CommBuffer buffer) {
  if (const Status status = check_sum(buffer); !status) return refuse("all_reduce", status.error());
  const std::vector<Part> parts = equal_parts(buffer.count, size());
  const std::span<std::byte> own = bytes_of(buffer, parts[static_cast<std::size_t>(rank_)]);
  Operation operation{
      .header = {.kind = OperationKind::kAllReduce, .type = buffer.type, .count = buffer.count},
      .transfers = transfers(),
      .summation = Summation{.type = buffer.type, .own = own, .publish = true}};
  for (Transfer& transfer : operation.transfers) {
    const auto theirs = bytes_of(buffer, parts[static_cast<std::size_t>(transfer.rank)]);
    transfer.out.pieces[1] = theirs;
    transfer.out.pieces[2] = own;
    transfer.in.staged = own.size();
    // Their sums may come where my terms lay: theirs were not taken before mine had arrived.
    transfer.in.direct = theirs;
  }
  return start(std::move(operation));
}

std::unique_ptr<Work> TcpComm::start_reduce_scatter(CommBuffer buffer,
                                                    std::span<const Part> parts) {
  Status status = check_sum(buffer);
  if (status) status = check_parts(buffer, parts, size());
  if (!status) return refuse("reduce_scatter", status.error());
  const std::span<std::byte> own = bytes_of(buffer, parts[static_cast<std::size_t>(rank_)]);
  Operation operation{.header = {.kind = OperationKind::kReduceScatter,
                                 .type = buffer.type,
                                 .count = buffer.count,
                                 .detail = digest_of(parts)},
                      .transfers = transfers(),
                      .summation = Summation{.type = buffer.type, .own = own}};
  for (Transfer& transfer : operation.transfers) {
    transfer.out.pieces[1] = bytes_of(buffer, parts[static_cast<std::size_t>(transfer.rank)]);
    transfer.in.staged = own.size();
  }
  return start(std::move(operation));
}

std::unique_ptr<Work> TcpComm::start_all_gather(CommBuffer buffer, std::span<const Part> parts) {
  Status status = check_host(buffer);
  if (status) status = check_parts(buffer, parts, size());
  if (!status) return refuse("all_gather", status.error());
  Operation operation{.header = {.kind = OperationKind::kAllGather,
                                 .type = buffer.type,
                                 .count = buffer.count,
                                 .detail = digest_of(parts)},
                      .transfers = transfers()};
  for (Transfer& transfer : operation.transfers) {
    transfer.out.pieces[1] = bytes_of(buffer, parts[static_cast<std::size_t>(rank_)]);
    transfer.in.direct = bytes_of(buffer, parts[static_cast<std::size_t>(transfer.rank)]);
  }
  return start(std::move(operation));
}

Status TcpComm::broadcast(std::span<std::byte> bytes, int root) {
  if (root < 0 || root >= size()) {
    const Error mistake{ErrorCode::kInvalid,
                        fmt::format("there is no rank {} among {}", root, size())};
    return refuse("broadcast", mistake)->wait();
  }
  Operation operation{.header = {.kind = OperationKind::kBroadcast,
                                 .count = std::ssize(bytes),
                                 .detail = static_cast<std::uint64_t>(root)},
                      .transfers = transfers()};
  for (Transfer& transfer : operation.transfers) {
    if (rank_ == root) transfer.out.pieces[1] = bytes;
    if (transfer.rank == root) transfer.in.direct = bytes;
  }
  return start(std::move(operation))->wait();
}

Result<std::vector<std::string>> TcpComm::gather(std::string_view bytes) {
  std::vector<std::string> texts(rank_ == 0 ? data_.size() : 0);
  Operation operation{.header = {.kind = OperationKind::kGather, .count = std::ssize(bytes)},
                      .transfers = transfers()};
  for (Transfer& transfer : operation.transfers) {
    if (transfer.rank == 0) transfer.out.pieces[1] = std::as_bytes(std::span(bytes));
    if (rank_ == 0) transfer.in.text = &texts[static_cast<std::size_t>(transfer.rank)];
  }
  if (rank_ == 0) texts[0] = bytes;
  UNIMO_TRY(start(std::move(operation))->wait());
  return texts;
}

Status TcpComm::barrier() {
  return start({.header = {.kind = OperationKind::kBarrier}, .transfers = transfers()})->wait();
}

std::unique_ptr<Work> TcpComm::start_check(OperationKind kind, const CommBuffer& buffer,
                                           std::span<const Part> parts) {
  const std::uint64_t detail = digest_of(parts) + static_cast<std::uint64_t>(kind);
  return start({.header = {.kind = OperationKind::kCheck,
                           .type = buffer.type,
                           .count = buffer.count,
                           .detail = detail},
                .transfers = transfers()});
}

// A call that cannot be made would leave the others waiting for it.
std::unique_ptr<Work> TcpComm::refuse(std::string_view call, const Error& mistake) {
  const Error error{mistake.code, fmt::format("{}: {}", call, mistake.message)};
  abort(error);
  return finished_work(tl::unexpected(*monitor_.failure()));
}

std::unique_ptr<Work> TcpComm::start(Operation operation) {
  // Counted down before the handle is told, whose owner may end the group at once.
  std::packaged_task<Status()> task([this, operation = std::move(operation)]() mutable {
    Status status = run(operation);
    const std::lock_guard lock(mutex_);
    --unfinished_;
    return status;
  });
  auto work = std::make_unique<Started>(task.get_future());
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
    ++unfinished_;
  }
  news_.notify_all();
  return work;
}

Status TcpComm::run(Operation& operation) {
  if (const auto failure = monitor_.failure()) return tl::unexpected(*failure);
  operation.header.number = ++number_;
  if (operation.summation) rings_.resize(data_.size() * Exchange::kRing);
  monitor_.enter(to_text(operation.header), number_);
  Exchange exchange(operation.header, rank_, std::move(operation.transfers),
                    operation.summation ? &*operation.summation : nullptr, rings_);
  Status status;
  try {
    status = exchange.run(monitor_, options_.timeout_s);
  } catch (const std::exception& error) {  // no memory for what another rank sends
    status = fail(ErrorCode::kFailed, "rank {} in {}: {}", rank_, to_text(operation.header),
                  error.what());
  }
  if (!status) status = tl::unexpected(monitor_.fail_group(status.error()));
  monitor_.leave();
  return status;
}

void TcpComm::run_queue() {
  while (true) {
    std::packaged_task<Status()> task;
    {
      std::unique_lock lock(mutex_);
      news_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace unimo::trainer
