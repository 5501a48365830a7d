// How long fetch.images takes for small pictures of a host that answers after 20 ms.
//
//   fetch_bench [pictures] [connections] [python]
//
// The host is in this process, on the loopback address. The same list goes to fetch.images and then
// to peer.py, run by `python` (default: $HOME/.cache/unimo/peers/img2dataset/bin/python, else
// python3), with as many connections. Prints the seconds of both, their ratio, how many pictures
// each has, and processor seconds, which count on a busy machine; ours have those of the host in
// them. Ends with 1 when one of them lacks a picture.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "tests/stages/fetch/fetch_bench.h"
#include "tests/stages/fetch/picture_server.h"

namespace {

using namespace unimo;
using namespace unimo::stages;

constexpr int kLatencyMs = 20;

std::string default_python() {
  const char* home = std::getenv("HOME");
  const std::string peer =
      std::string(home != nullptr ? home : "") + "/.cache/unimo/peers/img2dataset/bin/python";
  return std::filesystem::exists(peer) ? peer : "python3";
}

// What the program says, line by line; the seconds and pictures of its last line.
bool run_peer(const std::string& command, double& seconds, long& pictures) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return false;
  char line[1000];
  char name[100];
  bool found = false;
  while (std::fgets(line, sizeof line, pipe) != nullptr) {
    const bool result = std::sscanf(line, "peer %99s %lf s %ld", name, &seconds, &pictures) == 3;
    found = found || result;
    if (result || std::string_view(line).find("instead") != std::string_view::npos)
      fmt::print("{}", line);
  }
  return ::pclose(pipe) == 0 && found;
}

}  // namespace

int main(int argc, char** argv) {
  const int pictures = argc > 1 ? std::max(1, std::atoi(argv[1])) : 10'000;
  const int connections = argc > 2 ? std::max(1, std::atoi(argv[2])) : 128;
  const std::string python = argc > 3 ? argv[3] : default_python();

  PictureServer server(2 * connections + 16);
  const std::string base = make_picture(1, 64, 48);
  server.latency([](const std::string&) { return kLatencyMs; });
  // Bytes after a JPEG's end are fine, and make each picture another one.
  server.on_others([&](const httplib::Request& request, httplib::Response& answer) {
    answer.set_content(base + request.path, "image/jpeg");
  });
  std::vector<std::string> urls;
  for (int i = 0; i < pictures; ++i) urls.push_back(server.url(fmt::format("/{}.jpg", i)));
  FetchBench bench;
  bench.list(urls);
  FetchImages params = loopback_params();
  params.connections = params.per_host = connections;

  const std::clock_t processor = std::clock();
  const auto start = std::chrono::steady_clock::now();
  const Status status = bench.run(params);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (!status) {
    fmt::print("fetch.images failed: {}\n", status.error().message);
    return 1;
  }
  const auto ours = bench.statistics()["pictures"].get<long>();
  fmt::print("pictures {} connections {} latency {} ms bytes {}\n", pictures, connections,
             kLatencyMs, base.size());
  fmt::print("ours fetch.images {:.3f} s {} pictures, processor {:.3f} s with the host's\n",
             taken.count(), ours, static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC);
  std::fflush(stdout);

  double seconds = 0;
  long theirs = 0;
  const std::string command =
      fmt::format("{} {}/tests/bench/fetch/peer.py {} {} {} 2>&1", python, UNIMO_SOURCE_DIR,
                  bench.path("urls.txt").string(), bench.path("peer").string(), connections);
  if (!run_peer(command, seconds, theirs)) {
    fmt::print("the peer failed: {}\n", command);
    return 1;
  }
  fmt::print("ratio {:.2f}\n", seconds / taken.count());
  return ours == pictures && theirs == pictures ? 0 : 1;
}
