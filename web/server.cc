#include "web/server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "orchestrator/base/log.h"

namespace unimo::web {
namespace {

// One request in memory in, one answer in memory out.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(const std::string& input) : input_(input) {}
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    const std::size_t n = std::min(size, input_.size() - position_);
    std::memcpy(to, input_.data() + position_, n);
    position_ += n;
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* from, std::size_t size) override {
    output_.append(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  socket_t socket() const override { return 0; }
  std::string take_output() { return std::move(output_); }

 private:
  const std::string& input_;
  std::size_t position_ = 0;
  std::string output_;
};

// Accepting is all that happens on the listening thread, so "a task" may run where it is.
class InlineQueue final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> task) override { task(); }
  void shutdown() override {}
};

// Without SO_REUSEPORT, which the library would set: a second server on the port must be refused.
void set_listen_options(socket_t socket) {
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

constexpr int kBacklog = 128;

Request to_request(const httplib::Request& from) {
  Request request{.method = from.method, .path = from.path, .target = from.target};
  for (const auto& [name, value] : from.params) request.params.emplace(name, value);
  for (const auto& [name, value] : from.headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers.emplace(std::move(lower), value);
  }
  return request;
}

void fill_response(Response from, httplib::Response& to) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  if (from.status != 304) {
    to.set_header("Content-Type", from.content_type);
    to.body = std::move(from.body);
  }
}

class HttplibServer final : public WebServer, private httplib::Server {
 public:
  explicit HttplibServer(unimo::web::Handler handler) : handler_(std::move(handler)) {
    new_task_queue = [] { return new InlineQueue; };  // owned and deleted by the library
    set_socket_options(set_listen_options);
    set_tcp_nodelay(true);
    set_payload_max_length(0);
    set_keep_alive_max_count(1000);
    set_keep_alive_timeout(10);
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      fill_response(handle(request), response);
      return HandlerResponse::Handled;
    });
  }

  ~HttplibServer() override { front_.reset(); }

  Status open(const ServerOptions& options) {
    front_ = UNIMO_TRY(
        Front::start(options.limits, [this](const std::string& head) { return answer(head); }));
    errno = 0;
    if (options.port == 0) {
      port_ = bind_to_any_port(options.bind);
    } else {
      port_ = bind_to_port(options.bind, options.port) ? options.port : -1;
    }
    if (port_ <= 0) {
      return fail(errno == EADDRINUSE ? ErrorCode::kConflict : ErrorCode::kIo,
                  "{}:{}: cannot listen: {}; use another --port, or --port 0 for any free one",
                  options.bind, options.port,
                  errno != 0 ? std::strerror(errno) : "no such address");
    }
    // The library's backlog of 5 makes a burst of connections wait for a retransmission.
    ::listen(svr_sock_, kBacklog);
    return ok();
  }

  int port() const override { return port_; }
  std::size_t connections() const override { return front_->connections(); }

  void run() override {
    // stop() before run() must not be lost.
    if (!stop_wanted_) listen_after_bind();
  }

  void stop() override {
    stop_wanted_ = true;
    httplib::Server::stop();
  }

 private:
  bool process_and_close_socket(socket_t socket) override {
    front_->adopt(static_cast<int>(socket));
    return true;
  }

  Answer answer(const std::string& head) {
    MemoryStream stream(head);
    Answer result;
    process_request(stream, false, result.close, nullptr);
    result.bytes = stream.take_output();
    if (result.bytes.empty()) result = {refusal_text({400, "the request cannot be read"}), true};
    return result;
  }

  // Where exceptions of libraries end.
  Response handle(const httplib::Request& request) const {
    try {
      return handler_(to_request(request));
    } catch (const std::exception& error) {
      log_line(LogLevel::kError, "web", "{}: {}", request.path, error.what());
      return error_response({ErrorCode::kFailed, "internal error; the log says more"});
    }
  }

  const unimo::web::Handler handler_;
  std::unique_ptr<Front> front_;
  int port_ = 0;
  std::atomic<bool> stop_wanted_ = false;
};

}  // namespace

Result<std::unique_ptr<WebServer>> WebServer::bind(const ServerOptions& options, Handler handler) {
  auto server = std::make_unique<HttplibServer>(std::move(handler));
  UNIMO_TRY(server->open(options));
  return std::unique_ptr<WebServer>(std::move(server));
}

}  // namespace unimo::web
