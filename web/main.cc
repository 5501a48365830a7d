// unimo-web: serves the dashboard of one store until SIGTERM or SIGINT.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

#include "orchestrator/base/file.h"
#include "orchestrator/base/log.h"
#include "web/routes.h"
#include "web/server.h"

namespace unimo::web {
namespace {

struct Options {
  std::string root = ".unimo";
  std::string token_file;
  std::vector<std::string> hosts;
  ServerOptions server;
  int idle_exit_s = 0;  // 0: stays until it is told to end
};

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

Result<std::string> read_token(const Options& options) {
  if (options.token_file.empty()) {
    if (is_loopback(options.server.bind)) return std::string();
    return fail(ErrorCode::kInvalid,
                "--bind {}: others could read this store; name a file with a secret by "
                "--token-file, or stay on "
                "127.0.0.1 and use an ssh tunnel",
                options.server.bind);
  }
  std::string token = UNIMO_TRY(read_file(options.token_file));
  while (!token.empty() && std::isspace(static_cast<unsigned char>(token.back())) != 0)
    token.pop_back();
  const bool plain = std::all_of(token.begin(), token.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
  constexpr std::size_t kShortest = 16;
  if (token.size() < kShortest || !plain) {
    return fail(ErrorCode::kInvalid,
                "{}: a token is one line of at least {} letters, digits, '-' or '_'; 'openssl rand "
                "-hex 24' makes one",
                options.token_file, kShortest);
  }
  return token;
}

std::string address_text(const Options& options, int port) {
  const bool six = options.server.bind.find(':') != std::string::npos;
  return six ? fmt::format("http://[{}]:{}/", options.server.bind, port)
             : fmt::format("http://{}:{}/", options.server.bind, port);
}

using Clock = std::chrono::steady_clock;

// Waits for a signal to end, or until nobody has asked for anything for `idle_exit_s`.
void wait_for_end(const sigset_t& stop_signals, int idle_exit_s,
                  const std::atomic<Clock::time_point>& last_request) {
  const timespec second{.tv_sec = 1, .tv_nsec = 0};
  while (sigtimedwait(&stop_signals, nullptr, &second) < 0) {
    const auto idle = Clock::now() - last_request.load();
    if (idle_exit_s > 0 && idle > std::chrono::seconds(idle_exit_s)) return;
  }
}

Status serve(const Options& options, const sigset_t& stop_signals) {
  const std::string token = UNIMO_TRY(read_token(options));
  StorePool pool(store_paths(options.root));
  GraphDrawer graphs;
  GalleryCache galleries;
  const Router router({pool, graphs, galleries}, {token, options.hosts});
  std::atomic<Clock::time_point> last_request{Clock::now()};
  auto server = UNIMO_TRY(WebServer::bind(options.server, [&](const Request& request) {
    last_request = Clock::now();
    return router.answer(request);
  }));
  // The one line for the user; --port 0 is of use only with it.
  fmt::print("{}{}\n", address_text(options, server->port()),
             token.empty() ? "" : "?token=<the secret of --token-file>");
  std::fflush(stdout);
  std::jthread waiter([&] {
    wait_for_end(stop_signals, options.idle_exit_s, last_request);
    server->stop();
  });
  server->run();
  // Ends the waiter too when the server ended by itself.
  pthread_kill(waiter.native_handle(), SIGTERM);
  return ok();
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"Serves the dashboard of a unimo store. Read-only; works without any network."};
  app.add_option("--root", options.root, "folder of the store")->capture_default_str();
  app.add_option("--bind", options.server.bind, "address to listen on")->capture_default_str();
  app.add_option("--port", options.server.port, "port; 0 picks a free one and prints it")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--token-file", options.token_file,
                 "file with the secret that visitors must bring");
  app.add_option("--allow-host", options.hosts,
                 "further host name by which the dashboard may be called");
  app.add_option("--idle-exit", options.idle_exit_s,
                 "end after so many seconds without a request; 0: never")
      ->check(CLI::NonNegativeNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  // Blocked before any thread starts, so that only the waiter sees them.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  const Status status = serve(options, stop_signals);
  if (status) return 0;
  fmt::print(stderr, "unimo-web: {}\n", status.error().message);
  return status.error().code == ErrorCode::kInvalid ? 2 : 1;
}

}  // namespace
}  // namespace unimo::web

int main(int argc, char** argv) { return unimo::web::run(argc, argv); }
