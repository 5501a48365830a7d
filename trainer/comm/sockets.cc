#include "trainer/comm/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>

namespace unimo::trainer {

namespace {

constexpr int kBacklog = 1024;  // ranks connect before they are accepted
// TCP adapts its buffers by itself; the kernel may grant a local connection less.
constexpr int kLocalBuffer = 4 << 20;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> addresses_of(const std::string& host, int port, int type) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = type;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) {
    return fail(ErrorCode::kIo, "the host \"{}\" has no address: {}", host, ::gai_strerror(code));
  }
  return Addresses(found, &::freeaddrinfo);
}

int milliseconds_until(CommClock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - CommClock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000'000));
}

void set_option(int fd, int level, int name, int value) {
  // Best effort: each of these options makes things faster or errors earlier, none is needed.
  ::setsockopt(fd, level, name, &value, sizeof value);
}

// 0, or errno.
int connect_once(int fd, const addrinfo& address, CommClock::time_point deadline) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd wanted{fd, POLLOUT, 0};
  if (::poll(&wanted, 1, milliseconds_until(deadline)) <= 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

// The first address that answers; errno of the last one otherwise.
Descriptor connect_any(const addrinfo* list, CommClock::time_point deadline, int& error) {
  for (const addrinfo* address = list; address != nullptr; address = address->ai_next) {
    Descriptor socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    error = socket ? connect_once(socket.get(), *address, deadline) : errno;
    if (error == 0) return socket;
  }
  return {};
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.release();
  }
  return *this;
}

int Descriptor::release() { return std::exchange(fd_, -1); }

void Descriptor::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Listener> listen_on(int port, bool this_machine_only) {
  // One socket for both families where the machine has IPv6; on this machine alone, IPv4 suffices.
  const bool v6 = !this_machine_only;
  Descriptor socket(
      ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_storage address{};
  socklen_t size = sizeof(sockaddr_in);
  if (socket && v6) {
    set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    auto& any = reinterpret_cast<sockaddr_in6&>(address);
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(static_cast<std::uint16_t>(port));
    any.sin6_addr = in6addr_any;
    size = sizeof(sockaddr_in6);
  } else {
    if (!socket)
      socket = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    auto& any = reinterpret_cast<sockaddr_in&>(address);
    any.sin_family = AF_INET;
    any.sin_port = htons(static_cast<std::uint16_t>(port));
    any.sin_addr.s_addr = htonl(this_machine_only ? INADDR_LOOPBACK : INADDR_ANY);
  }
  set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return fail(errno == EADDRINUSE ? ErrorCode::kConflict : ErrorCode::kIo,
                "cannot listen on port {}: {}", port, std::strerror(errno));
  }
  sockaddr_storage bound{};
  size = sizeof bound;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  const auto chosen = bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                                  : reinterpret_cast<sockaddr_in&>(bound).sin_port;
  return Listener{.socket = std::move(socket), .port = ntohs(chosen)};
}

Result<Descriptor> connect_to(const std::string& host, int port, CommClock::time_point deadline) {
  const Addresses addresses = UNIMO_TRY(addresses_of(host, port, SOCK_STREAM));
  int error = 0;
  while (true) {
    Descriptor socket = connect_any(addresses.get(), deadline, error);
    if (socket) {
      const int flags = ::fcntl(socket.get(), F_GETFL);
      ::fcntl(socket.get(), F_SETFL, flags & ~O_NONBLOCK);
      set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
      return socket;
    }
    if (CommClock::now() >= deadline) {
      return fail(ErrorCode::kIo, "cannot connect to {}:{}: {}", host, port, std::strerror(error));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Result<LocalListener> listen_locally() {
  LocalListener listener{
      .socket = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socklen_t size = sizeof address.sun_family;  // no name: the kernel gives one
  if (::bind(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener.socket.get(), kBacklog) != 0) {
    return fail(ErrorCode::kIo, "cannot listen on this machine: {}", std::strerror(errno));
  }
  size = sizeof address;
  ::getsockname(listener.socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  // An abstract name: a zero, then the digits.
  listener.name.assign(address.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
  return listener;
}

Result<Descriptor> connect_locally(const std::string& name) {
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::min(name.size(), sizeof address.sun_path - 1);
  std::copy_n(name.data(), length, address.sun_path + 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    return fail(ErrorCode::kIo, "cannot connect to \"{}\" on this machine: {}", name,
                std::strerror(errno));
  }
  set_option(socket.get(), SOL_SOCKET, SO_SNDBUF, kLocalBuffer);
  return socket;
}

std::string local_scope() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  file >> boot;
  std::error_code error;
  const auto network = std::filesystem::read_symlink("/proc/self/ns/net", error).string();
  return boot.empty() || network.empty() ? std::string("-") : boot + "/" + network;
}

Descriptor accept_from(int listener) {
  Descriptor socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  int domain = AF_UNIX;
  socklen_t size = sizeof domain;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size);
  if (domain == AF_UNIX) {
    set_option(socket.get(), SOL_SOCKET, SO_SNDBUF, kLocalBuffer);
  } else {
    set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  }
  return socket;
}

void set_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

void set_unanswered_limit(int fd, int seconds) {
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, std::max(1, seconds / 2));
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, std::max(1, seconds / 6));
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, seconds * 1000);
}

Status send_all(int fd, std::span<const std::byte> bytes, CommClock::time_point deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail(ErrorCode::kIo, "cannot send: {}", std::strerror(errno));
    pollfd wanted{fd, POLLOUT, 0};
    if (::poll(&wanted, 1, milliseconds_until(deadline)) == 0) {
      return fail(ErrorCode::kIo, "cannot send: the other side takes nothing");
    }
  }
  return ok();
}

bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "localhost" || host == "::1";
}

Result<std::string> own_address_towards(const std::string& host, int port) {
  // Connecting a datagram socket sends nothing; it only asks the kernel for the way.
  const Addresses addresses = UNIMO_TRY(addresses_of(host, port, SOCK_DGRAM));
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    const Descriptor socket(::socket(address->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket || ::connect(socket.get(), address->ai_addr, address->ai_addrlen) != 0) continue;
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size);
    char text[NI_MAXHOST] = "";
    ::getnameinfo(reinterpret_cast<sockaddr*>(&own), size, text, sizeof text, nullptr, 0,
                  NI_NUMERICHOST);
    return is_loopback(text) ? std::string() : std::string(text);
  }
  return fail(ErrorCode::kIo, "there is no way from this machine to {}", host);
}

WakeUp::WakeUp() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  UNIMO_CHECK(static_cast<bool>(event_), "no descriptor left: {}", std::strerror(errno));
}

void WakeUp::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

void WakeUp::clear() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(event_.get(), &count, sizeof count);
}

}  // namespace unimo::trainer
