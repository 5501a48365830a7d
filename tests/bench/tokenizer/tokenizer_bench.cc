// How fast the byte pairs are on one core: tokenizer_bench BPE_FOLDER FILE...
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "orchestrator/base/file.h"
#include "trainer/text/byte_bpe.h"

namespace {

// Processor time of this one thread: other work on the machine does not count.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// The best of five: caches are shared.
template <class Work>
double best_seconds(Work work) {
  double best = 1e9;
  for (int repetition = 0; repetition < 5; ++repetition) {
    const double start = processor_seconds();
    work();
    best = std::min(best, processor_seconds() - start);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: tokenizer_bench BPE_FOLDER FILE...\n", stderr);
    return 2;
  }
  const double start = processor_seconds();
  const auto bpe = unimo::trainer::ByteBpe::load(argv[1]);
  if (!bpe) {
    fmt::print(stderr, "{}\n", bpe.error().message);
    return 1;
  }
  fmt::print("loaded in {:.0f} ms\n", 1000 * (processor_seconds() - start));
  for (int i = 2; i < argc; ++i) {
    const auto lines = unimo::read_lines(argv[i]);
    if (!lines) {
      fmt::print(stderr, "{}\n", lines.error().message);
      return 1;
    }
    std::size_t bytes = 0, ids = 0;
    for (const auto& line : *lines) bytes += line.size() + 1;
    const double plain = best_seconds([&] {
      ids = 0;
      for (const auto& line : *lines) ids += (*bpe)->encode(line).size();
    });
    const double cold = best_seconds([&] {
      unimo::trainer::WordCache cache;
      std::vector<unimo::trainer::TokenId> out;
      for (const auto& line : *lines) {
        out.clear();
        (*bpe)->encode(line, cache, out);
      }
    });
    const double megabytes = static_cast<double>(bytes) / 1e6;
    fmt::print("{}: {:.1f} MB, {} ids, {:.1f} MB/s, with a cache (cold at the start) {:.1f} MB/s\n",
               argv[i], megabytes, ids, megabytes / plain, megabytes / cold);
  }
}
