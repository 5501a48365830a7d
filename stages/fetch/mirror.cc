#include "stages/fetch/mirror.h"

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

namespace unimo::stages {

namespace {

constexpr const char* kHost = "127.0.0.1";
constexpr int kConnections =
    4;  // each keeps a thread; the library's queue of new ones is five long

}  // namespace

class Mirror::Server {
 public:
  Server() {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kConnections); };
    server_.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
    server_.set_tcp_nodelay(true);
  }
  ~Server() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Status start(const std::filesystem::path& folder) {
    if (!std::filesystem::is_directory(folder)) {
      return fail(
          ErrorCode::kNotFound,
          "input mirror: {} is no folder; it must hold the files of the hosts by their paths",
          folder.string());
    }
    if (!server_.set_mount_point("/", folder.string()))
      return fail(ErrorCode::kIo, "input mirror: {} cannot be served", folder.string());
    port_ = server_.bind_to_any_port(kHost);
    if (port_ <= 0) return fail(ErrorCode::kIo, "input mirror: no free port on {}", kHost);
    thread_ = std::thread([this] {
      server_.listen_after_bind();
      ended_ = true;
    });
    // Before it runs it cannot be stopped.
    while (!server_.is_running() && !ended_)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return ok();
  }
  int port() const { return port_; }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

Mirror::Mirror(std::unique_ptr<Server> server) : server_(std::move(server)) {}
Mirror::Mirror(Mirror&&) noexcept = default;
Mirror& Mirror::operator=(Mirror&&) noexcept = default;
Mirror::~Mirror() = default;

Result<Mirror> Mirror::serve(const std::filesystem::path& folder) {
  auto server = std::make_unique<Server>();
  UNIMO_TRY(server->start(folder));
  return Mirror(std::move(server));
}

FetchImages Mirror::redirected(FetchImages params) const {
  params.rewrites = {
      {.from = "*", .to = fmt::format("{}:{}", kHost, server_->port()), .https = false}};
  params.allow_loopback = true;
  params.connections = std::min(params.connections, kConnections);
  params.per_host = params.connections;
  params.pause_ms = 0;
  return params;
}

}  // namespace unimo::stages
