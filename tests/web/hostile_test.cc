// Clients that do not mean well, over real sockets.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include "web/server.h"

namespace unimo::web {
namespace {

using namespace std::string_literals;

using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

class Socket {
 public:
  explicit Socket(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Socket(Socket&& other) noexcept : fd_(other.fd_), connected_(other.connected_) { other.fd_ = -1; }
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool connected() const { return connected_; }
  // False when the other side has closed.
  bool send(std::string_view text) const {
    return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  // Everything until the other side closes, `until` has come, or `most_ms` are over.
  std::string receive(int most_ms, std::string_view until = {}) const {
    std::string text;
    const auto end = Clock::now() + std::chrono::milliseconds(most_ms);
    while (until.empty() || text.find(until) == std::string::npos) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
      pollfd waiting{fd_, POLLIN, 0};
      if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0) break;
      char buffer[65536];
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  int fd_;
  bool connected_ = false;
};

// A server with one large answer and small budgets, so that the tests need not wait long.
class HostileClients : public testing::Test {
 protected:
  void SetUp() override {
    ServerOptions options{.port = 0};
    options.limits.header_ms = 400;
    options.limits.idle_ms = 20000;
    options.limits.stall_ms = 600;
    options.limits.connections = 128;
    options.limits.pending_bytes = 16 * 1024 * 1024;
    auto server = WebServer::bind(options, [](const Request& request) {
      if (request.path == "/large") return text_response(200, std::string(5 * 1024 * 1024, 'x'));
      if (request.path == "/throw") throw std::runtime_error("boom");
      return text_response(200, "path=" + request.path);
    });
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    thread_ = std::thread([this] { server_->run(); });
    // The listening socket exists already; only the accepting thread has to come up.
    ASSERT_THAT(ask("GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 5000),
                HasSubstr("path=/ping"));
  }
  void TearDown() override {
    server_->stop();
    thread_.join();
    server_.reset();
  }

  Socket connect() const { return Socket(server_->port()); }
  std::string ask(std::string_view request, int most_ms = 3000) const {
    const Socket socket = connect();
    if (!socket.send(request)) return "not sent";
    return socket.receive(most_ms);
  }
  double ping_ms() const {
    const auto begin = Clock::now();
    const std::string answer =
        ask("GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr("path=/ping"));
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  }

  std::unique_ptr<WebServer> server_;
  std::thread thread_;
};

// The promise is 100 ms; the bound leaves room for a machine that is busy with something else.
constexpr double kPingBoundMs = 1000;

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

TEST_F(HostileClients, FortyIdleConnectionsDoNotDelayAnswers) {
  std::vector<Socket> idle;
  for (int i = 0; i < 40; ++i) idle.push_back(connect());
  for (const Socket& socket : idle) ASSERT_TRUE(socket.connected());
  for (int i = 0; i < 5; ++i) EXPECT_LT(ping_ms(), kPingBoundMs);
}

TEST_F(HostileClients, SlowHeadersDoNotDelayAnswers) {
  std::vector<Socket> slow;
  for (int i = 0; i < 40; ++i) {
    slow.push_back(connect());
    ASSERT_TRUE(slow.back().send("GET / HTTP/1.1\r\nHost: loc"));
  }
  EXPECT_LT(ping_ms(), kPingBoundMs);
  EXPECT_THAT(slow.front().receive(5000), HasSubstr("HTTP/1.1 408"));
}

TEST_F(HostileClients, SlowReadersAreDroppedWithoutDelay) {
  const long before = resident_kib();
  std::vector<Socket> slow;
  for (int i = 0; i < 64; ++i) {
    slow.push_back(connect());
    ASSERT_TRUE(slow.back().send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  }
  EXPECT_LT(ping_ms(), kPingBoundMs);
  EXPECT_LT(resident_kib() - before, 150 * 1024) << "64 readers want 320 MiB";
  EXPECT_LT(ping_ms(), kPingBoundMs);
}

TEST_F(HostileClients, MoreConnectionsThanAllowedCloseTheMostSilent) {
  std::vector<Socket> idle;
  for (int i = 0; i < 300; ++i) idle.push_back(connect());
  EXPECT_LT(ping_ms(), kPingBoundMs);
  EXPECT_LE(server_->connections(), 128U);
}

TEST_F(HostileClients, AnEndlessHeaderIsCutOff) {
  const long before = resident_kib();
  const Socket socket = connect();
  const std::string chunk(64 * 1024, 'a');
  bool open = socket.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
  for (int i = 0; i < 3200 && open; ++i) open = socket.send(chunk);
  EXPECT_FALSE(open) << "200 MB were taken";
  EXPECT_LT(resident_kib() - before, 20 * 1024);
}

TEST_F(HostileClients, ALongHeaderGetsAnAnswer) {
  EXPECT_THAT(
      ask("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(17000, 'a') + "\r\n\r\n"),
      HasSubstr("HTTP/1.1 431"));
}

TEST_F(HostileClients, TenThousandHeadersAreRefused) {
  std::string request = "GET / HTTP/1.1\r\nHost: localhost\r\n";
  for (int i = 0; i < 2000; ++i) request += "a: b\r\n";
  EXPECT_THAT(ask(request + "\r\n"), HasSubstr("HTTP/1.1 431"));
}

TEST_F(HostileClients, BodiesAreRefused) {
  EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2147483648\r\n\r\n"),
              HasSubstr("HTTP/1.1 405"));
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n"),
              HasSubstr("HTTP/1.1 400"));
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n7fffffffffffffff\r\n"),
              HasSubstr("HTTP/1.1 400"));
}

TEST_F(HostileClients, RangesSendTheAnswerOnce) {
  std::string ranges = "bytes=0-";
  for (int i = 0; i < 99; ++i) ranges += ",0-";
  const std::string answer =
      ask("GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nRange: " + ranges +
              "\r\n\r\n",
          10000);
  EXPECT_THAT(answer.substr(0, 20), HasSubstr("HTTP/1.1 200"));
  EXPECT_LT(answer.size(), 5U * 1024 * 1024 + 4096);
}

TEST_F(HostileClients, ANulByteIsRefused) {
  EXPECT_THAT(ask("GET /a\0b HTTP/1.1\r\nHost: localhost\r\n\r\n"s), HasSubstr("HTTP/1.1 400"));
}

TEST_F(HostileClients, GarbageIsRefused) {
  EXPECT_THAT(ask("\x16\x03\x01\x02\r\n\r\n"), HasSubstr("HTTP/1.1 400"));
  EXPECT_THAT(ask("\r\n\r\n"), HasSubstr("HTTP/1.1 400"));
  EXPECT_LT(ping_ms(), kPingBoundMs);
}

TEST_F(HostileClients, PipelinedRequestsAreAnsweredInOrder) {
  const std::string answer =
      ask("GET /one HTTP/1.1\r\nHost: localhost\r\n\r\nGET /two HTTP/1.1\r\nHost: "
          "localhost\r\nConnection: close\r\n\r\n");
  const std::size_t one = answer.find("path=/one");
  const std::size_t two = answer.find("path=/two");
  ASSERT_NE(one, std::string::npos);
  ASSERT_NE(two, std::string::npos);
  EXPECT_LT(one, two);
}

TEST_F(HostileClients, AConnectionServesManyRequests) {
  const Socket socket = connect();
  for (int i = 0; i < 20; ++i) {
    const std::string path = "path=/n" + std::to_string(i) + "-";
    ASSERT_TRUE(
        socket.send("GET /n" + std::to_string(i) + "- HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_THAT(socket.receive(3000, path), HasSubstr(path));
  }
}

TEST_F(HostileClients, AnExceptionIsAnAnswer) {
  EXPECT_THAT(ask("GET /throw HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              HasSubstr("HTTP/1.1 500"));
}

TEST_F(HostileClients, AVanishedClientIsForgotten) {
  for (int i = 0; i < 20; ++i) {
    const Socket socket = connect();
    EXPECT_TRUE(socket.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  }
  for (int i = 0; i < 100 && server_->connections() > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(HostileClients, ASecondServerOnThePortIsRefused) {
  const auto second = WebServer::bind({.port = server_->port()},
                                      [](const Request&) { return text_response(200, ""); });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict) << second.error().message;
  EXPECT_THAT(second.error().message, HasSubstr("--port 0"));
}

TEST(Server, StopsBeforeItRuns) {
  auto server = WebServer::bind({.port = 0}, [](const Request&) { return text_response(200, ""); });
  ASSERT_TRUE(server);
  (*server)->stop();
  (*server)->run();
  SUCCEED();
}

}  // namespace
}  // namespace unimo::web
