// How fast packed files are unpacked, beside the tools that made them: bench_streams [MB] [RUNS].
//
// Each line: MB of unpacked text a second by the clock and by the processor's time, ours and the
// tool's, in runs that take turns; the ratio is of processor time, which other programs on the
// machine disturb less. The last lines: one file of many bzip2 streams by one thread and by two.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "orchestrator/base/file.h"
#include "stages/ingest/stream/byte_source.h"
#include "tests/bench/streams/bench_tools.h"

namespace {

using namespace unimo;
using namespace unimo::stages;

// English-like words in the frequencies of a text: packs to about a third.
void write_text(const std::filesystem::path& path, std::size_t bytes) {
  std::uint64_t state = 1;
  const auto random = [&] {
    return (state = state * 6364136223846793005U + 1442695040888963407U) >> 33;
  };
  std::string words[4096];
  for (std::string& word : words) {
    for (std::uint64_t left = 2 + random() % 8; left > 0; --left)
      word += "etaoinshrdlucmfwypvbgkqjxz"[std::min(random() % 26, random() % 26)];
  }
  std::string text;
  while (text.size() < bytes) {
    text += words[std::min({random() % 4096, random() % 4096, random() % 4096})];
    text += random() % 12 == 0 ? ".\n" : " ";
  }
  std::ofstream(path, std::ios::binary) << text;
}

std::int64_t read_through(const std::filesystem::path& path, int threads) {
  auto source = open_source(path, {.threads = threads});
  std::string buffer(256 << 10, '\0');
  std::int64_t bytes = 0;
  while (source) {
    const auto got = (*source)->read(buffer);
    if (!got) {
      fmt::print(stderr, "{}\n", got.error().message);
      std::exit(1);
    }
    if (*got == 0) return bytes;
    bytes += static_cast<std::int64_t>(*got);
  }
  fmt::print(stderr, "{}\n", source.error().message);
  std::exit(1);
}

void compare(const std::filesystem::path& file, const std::string& tool, int runs) {
  Seconds ours, theirs;
  std::int64_t bytes = 0;
  for (int run = 0; run < runs; ++run) {
    keep_least(ours, time_once(RUSAGE_SELF, [&] { bytes = read_through(file, 1); }));
    keep_least(theirs, time_once(RUSAGE_CHILDREN, [&] {
                 run_command(fmt::format("{} -dc {} > /dev/null", tool, file.string()));
               }));
  }
  const double mb = static_cast<double>(bytes) / 1e6;
  fmt::print(
      "{:<6} ours {:6.1f} MB/s ({:6.1f} processor)  tool {:6.1f} MB/s ({:6.1f} processor)  "
      "ratio {:.2f}\n",
      tool, mb / ours.clock, mb / ours.processor, mb / theirs.clock, mb / theirs.processor,
      theirs.processor / ours.processor);
}

void compare_threads(const std::filesystem::path& file, int runs) {
  Seconds one, two;
  std::int64_t bytes = 0;
  for (int run = 0; run < runs; ++run) {
    keep_least(one, time_once(RUSAGE_SELF, [&] { bytes = read_through(file, 1); }));
    keep_least(two, time_once(RUSAGE_SELF, [&] { bytes = read_through(file, 2); }));
  }
  const double mb = static_cast<double>(bytes) / 1e6;
  fmt::print(
      "{}: one thread {:.1f} MB/s, two {:.1f} MB/s: {:.2f} times; processor time {:.2f} times\n",
      file.filename().string(), mb / one.clock, mb / two.clock, one.clock / two.clock,
      two.processor / one.processor);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t mb = argc > 1 ? static_cast<std::size_t>(std::atoi(argv[1])) : 64;
  const int runs = argc > 2 ? std::atoi(argv[2]) : 3;
  const auto folder = TempDir::make("unimo-bench-").value();
  const std::string text = (folder.path() / "text").string();
  write_text(text, mb * 1'000'000);
  for (const std::string tool : {"gzip", "bzip2", "xz"}) {
    const std::string file = text + "." + tool;
    run_command(fmt::format("{} {} -c {} > {}", tool, tool == "xz" ? "-3" : "", text, file));
    compare(file, tool, runs);
  }
  compare_threads(text + ".bzip2", runs);
  const std::string many = text + ".multistream";
  run_command(fmt::format(
      "cd {} && split -d -a 4 -b 1000000 text part. && bzip2 part.* && cat part.*.bz2 > {}",
      folder.path().string(), many));
  compare_threads(many, runs);
  fmt::print("peak resident memory {:.0f} MB\n", peak_mb(RUSAGE_SELF));
  return 0;
}
