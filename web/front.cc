#include "web/front.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "orchestrator/base/log.h"

namespace unimo::web {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

enum class Phase { kReading, kWorking, kWriting, kDraining };

// Long enough for a client to read why it was refused, short enough not to be held.
constexpr milliseconds kDrainTime{500};
constexpr std::size_t kDrainBytes = 1024 * 1024;
constexpr milliseconds kSweepEvery{100};

struct Connection {
  int socket = -1;
  Phase phase = Phase::kReading;
  std::string input;
  std::string output;
  std::size_t written = 0;
  std::size_t drained = 0;
  bool close_after = false;
  int requests = 0;
  Clock::time_point since;     // begin of the phase
  Clock::time_point progress;  // last byte in or out
};

struct Finished {
  std::uint64_t id = 0;
  Answer answer;
};

struct Task {
  std::uint64_t id = 0;
  std::string head;
};

class EpollFront final : public Front {
 public:
  EpollFront(const FrontLimits& limits, Work work, int epoll, int wake)
      : limits_(limits), work_(std::move(work)), epoll_(epoll), wake_(wake) {
    loop_ = std::thread([this] { run(); });
    for (int i = 0; i < limits_.workers; ++i) workers_.emplace_back([this] { serve(); });
  }

  ~EpollFront() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_ready_.notify_all();
    wake();
    loop_.join();
    for (std::thread& worker : workers_) worker.join();
    for (const auto& [id, connection] : connections_) ::close(connection.socket);
    for (const int socket : arrived_) ::close(socket);
    ::close(epoll_);
    ::close(wake_);
  }

  void adopt(int socket) override {
    {
      const std::lock_guard lock(mutex_);
      arrived_.push_back(socket);
    }
    wake();
  }

  std::size_t connections() const override { return count_.load(); }

 private:
  void wake() const {
    const std::uint64_t one = 1;
    // The counter can only be full when the loop is already due to wake.
    if (::write(wake_, &one, sizeof one) < 0 && errno != EAGAIN) {
      log_line(LogLevel::kError, "web", "eventfd: {}", std::strerror(errno));
    }
  }

  // ---- workers
  void serve() {
    while (true) {
      Task task;
      {
        std::unique_lock lock(mutex_);
        // Answers that the loop has not taken yet are memory too.
        work_ready_.wait(lock, [this] {
          return stopping_ || (!tasks_.empty() && finished_bytes_ < limits_.pending_bytes / 2);
        });
        if (stopping_) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      Answer answer = work_(task.head);
      {
        const std::lock_guard lock(mutex_);
        finished_bytes_ += answer.bytes.size();
        finished_.push_back({task.id, std::move(answer)});
      }
      wake();
    }
  }

  // ---- the loop; everything below runs on its thread
  void run() {
    std::array<epoll_event, 64> events{};
    auto next_sweep = Clock::now() + kSweepEvery;
    while (true) {
      const int n =
          ::epoll_wait(epoll_, events.data(), events.size(), static_cast<int>(kSweepEvery.count()));
      for (int i = 0; i < n; ++i) {
        if (events[static_cast<std::size_t>(i)].data.u64 == 0) {
          std::uint64_t ignored = 0;
          [[maybe_unused]] const auto got = ::read(wake_, &ignored, sizeof ignored);
        } else {
          ready(events[static_cast<std::size_t>(i)].data.u64);
        }
      }
      if (!take_messages()) return;
      if (Clock::now() >= next_sweep) {
        sweep();
        next_sweep = Clock::now() + kSweepEvery;
      }
    }
  }

  bool take_messages() {
    std::vector<int> arrived;
    std::vector<Finished> finished;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return false;
      arrived.swap(arrived_);
      finished.swap(finished_);
      finished_bytes_ = 0;
    }
    if (!finished.empty()) work_ready_.notify_all();
    for (const int socket : arrived) open(socket);
    for (Finished& item : finished) {
      const auto found = connections_.find(item.id);
      if (found != connections_.end()) answer(item.id, found->second, std::move(item.answer));
    }
    return true;
  }

  void open(int socket) {
    if (connections_.size() >= limits_.connections) close_most_silent();
    const int flags = ::fcntl(socket, F_GETFL);
    if (connections_.size() >= limits_.connections || flags < 0 ||
        ::fcntl(socket, F_SETFL, flags | O_NONBLOCK) < 0) {
      ::close(socket);
      return;
    }
    const std::uint64_t id = ++last_id_;
    Connection& connection = connections_[id];
    connection.socket = socket;
    count_ = connections_.size();
    enter(id, connection, Phase::kReading);
  }

  void enter(std::uint64_t id, Connection& connection, Phase phase) {
    connection.phase = phase;
    connection.since = connection.progress = Clock::now();
    // A working connection is left alone: even a hang-up would only wake the loop for nothing.
    epoll_event event{};
    event.data.u64 = id;
    event.events = phase == Phase::kWriting ? EPOLLOUT : EPOLLIN;
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.socket, nullptr);
    if (phase == Phase::kWorking) return;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event) < 0) drop(id);
  }

  void drop(std::uint64_t id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    pending_ -= found->second.output.size();
    ::close(found->second.socket);
    connections_.erase(found);
    count_ = connections_.size();
  }

  void ready(std::uint64_t id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    switch (found->second.phase) {
      case Phase::kReading: read_more(id, found->second); break;
      case Phase::kWriting: write_more(id, found->second); break;
      case Phase::kDraining: drain_more(id, found->second); break;
      case Phase::kWorking: break;
    }
  }

  void read_more(std::uint64_t id, Connection& connection) {
    std::array<char, 4096> buffer{};
    const ssize_t got = ::recv(connection.socket, buffer.data(), buffer.size(), 0);
    if (got == 0) return drop(id);
    if (got < 0) {
      if (errno != EAGAIN && errno != EINTR) drop(id);
      return;
    }
    if (connection.input.empty()) connection.since = Clock::now();
    connection.progress = Clock::now();
    connection.input.append(buffer.data(), static_cast<std::size_t>(got));
    take_request(id, connection);
  }

  void take_request(std::uint64_t id, Connection& connection) {
    const std::size_t end = connection.input.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (connection.input.size() > limits_.head.block_bytes) {
        refuse(id, connection, {431, "the headers are too large"});
      }
      return;
    }
    HeadDecision decision =
        decide_head(std::string_view(connection.input).substr(0, end + 4), limits_.head);
    connection.input.erase(0, end + 4);
    if (decision.refusal) return refuse(id, connection, *decision.refusal);
    ++connection.requests;
    enter(id, connection, Phase::kWorking);
    {
      const std::lock_guard lock(mutex_);
      // Who asks whether we live must not wait for those who ask for much.
      const bool first = decision.head.starts_with("GET /ping ");
      tasks_.insert(first ? tasks_.begin() : tasks_.end(), Task{id, std::move(decision.head)});
    }
    work_ready_.notify_one();
  }

  void refuse(std::uint64_t id, Connection& connection, const Refusal& refusal) {
    answer(id, connection, {refusal_text(refusal), true});
  }

  void answer(std::uint64_t id, Connection& connection, Answer result) {
    connection.output = std::move(result.bytes);
    connection.written = 0;
    connection.close_after = result.close || connection.requests >= limits_.requests_per_connection;
    pending_ += connection.output.size();
    enter(id, connection, Phase::kWriting);
    if (pending_ > limits_.pending_bytes) close_slowest_reader(id);
    const auto still = connections_.find(id);
    if (still != connections_.end()) write_more(id, still->second);
  }

  void write_more(std::uint64_t id, Connection& connection) {
    const ssize_t sent = ::send(connection.socket, connection.output.data() + connection.written,
                                connection.output.size() - connection.written, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN && errno != EINTR) drop(id);
      return;
    }
    connection.progress = Clock::now();
    connection.written += static_cast<std::size_t>(sent);
    if (connection.written < connection.output.size()) return;
    pending_ -= connection.output.size();
    std::string().swap(connection.output);
    if (connection.close_after) {
      // Closing at once would reset the connection and take the answer with it.
      ::shutdown(connection.socket, SHUT_WR);
      return enter(id, connection, Phase::kDraining);
    }
    enter(id, connection, Phase::kReading);
    const auto still = connections_.find(id);
    if (still != connections_.end() && !still->second.input.empty())
      take_request(id, still->second);
  }

  void drain_more(std::uint64_t id, Connection& connection) {
    std::array<char, 16384> buffer{};
    const ssize_t got = ::recv(connection.socket, buffer.data(), buffer.size(), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return drop(id);
    if (got > 0) connection.drained += static_cast<std::size_t>(got);
    if (connection.drained > kDrainBytes) drop(id);
  }

  bool overdue(const Connection& connection, Clock::time_point now) const {
    const auto age = now - connection.since;
    switch (connection.phase) {
      case Phase::kReading:
        return age > milliseconds(connection.input.empty() ? limits_.idle_ms : limits_.header_ms);
      case Phase::kWriting:
        return age > milliseconds(limits_.answer_ms) ||
               now - connection.progress > milliseconds(limits_.stall_ms);
      case Phase::kDraining: return age > kDrainTime;
      case Phase::kWorking: return false;
    }
    return true;
  }

  void sweep() {
    const auto now = Clock::now();
    std::vector<std::uint64_t> late;
    for (const auto& [id, connection] : connections_) {
      if (overdue(connection, now)) late.push_back(id);
    }
    for (const std::uint64_t id : late) {
      const auto found = connections_.find(id);
      if (found == connections_.end()) continue;
      Connection& connection = found->second;
      if (connection.phase == Phase::kReading && !connection.input.empty()) {
        refuse(id, connection, {408, "the headers took too long"});
      } else {
        drop(id);
      }
    }
  }

  void close_most_silent() {
    auto worst = connections_.end();
    for (auto it = connections_.begin(); it != connections_.end(); ++it) {
      if (it->second.phase == Phase::kWorking) continue;
      if (worst == connections_.end() || it->second.progress < worst->second.progress) worst = it;
    }
    if (worst != connections_.end()) drop(worst->first);
  }

  // Of the readers other than `newest`, the one without progress for longest. A lone large answer
  // may stay.
  void close_slowest_reader(std::uint64_t newest) {
    while (pending_ > limits_.pending_bytes) {
      auto worst = connections_.end();
      for (auto it = connections_.begin(); it != connections_.end(); ++it) {
        if (it->first == newest || it->second.phase != Phase::kWriting) continue;
        if (worst == connections_.end() || it->second.progress < worst->second.progress) worst = it;
      }
      if (worst == connections_.end()) return;
      drop(worst->first);
    }
  }

  const FrontLimits limits_;
  const Work work_;
  const int epoll_;
  const int wake_;
  std::thread loop_;
  std::vector<std::thread> workers_;
  std::atomic<std::size_t> count_ = 0;

  // Owned by the loop.
  std::map<std::uint64_t, Connection> connections_;
  std::uint64_t last_id_ = 0;
  std::size_t pending_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable work_ready_;
  std::deque<Task> tasks_;
  std::vector<Finished> finished_;
  std::size_t finished_bytes_ = 0;
  std::vector<int> arrived_;
  bool stopping_ = false;
};

}  // namespace

Result<std::unique_ptr<Front>> Front::start(const FrontLimits& limits, Work work) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return fail(ErrorCode::kIo, "epoll_create1: {}", std::strerror(errno));
  const int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = 0;
  if (wake < 0 || ::epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) < 0) {
    const std::string reason = std::strerror(errno);
    ::close(epoll);
    if (wake >= 0) ::close(wake);
    return fail(ErrorCode::kIo, "eventfd: {}", reason);
  }
  return std::unique_ptr<Front>(std::make_unique<EpollFront>(limits, std::move(work), epoll, wake));
}

}  // namespace unimo::web
