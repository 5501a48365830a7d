// How long the search for similar captions takes: tfidf_bench FILE [THREADS]. Five lines make an
// image.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "orchestrator/base/file.h"
#include "stages/pack/tfidf.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: tfidf_bench FILE [THREADS]\n", stderr);
    return 2;
  }
  const auto lines = unimo::read_lines(argv[1]);
  if (!lines) {
    fmt::print(stderr, "{}\n", lines.error().message);
    return 1;
  }
  std::vector<std::uint32_t> groups(lines->size());
  for (std::uint32_t i = 0; i < groups.size(); ++i) groups[i] = i / 5;
  const unsigned threads = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 1;
  const std::clock_t clock_start = std::clock();
  const auto start = std::chrono::steady_clock::now();
  const auto found =
      unimo::stages::nearest_texts(*lines, groups, {.count = 32, .threads = threads});
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double processor = static_cast<double>(std::clock() - clock_start) / CLOCKS_PER_SEC;
  std::size_t total = 0;
  for (const auto& list : found) total += list.size();
  fmt::print("{} captions, {} neighbours, {} threads: {:.2f} s, {:.2f} s of processor time\n",
             lines->size(), total, threads, seconds, processor);
  for (std::size_t i = 0; i < lines->size(); i += lines->size() / 3 + 1) {
    fmt::print("{}\n", (*lines)[i]);
    for (std::size_t n = 0; n < std::min<std::size_t>(3, found[i].size()); ++n) {
      fmt::print("    {}\n", (*lines)[found[i][n]]);
    }
  }
}
