// What retrieval costs, on one thread, in processor time; peer.py runs it.
//   retrieval_bench texts SCHEME FILE QUERIES COUNT OUT
//     FILE has a text a line; the queries are QUERIES lines of it, evenly spread. Writes the COUNT
//     nearest of each to OUT: u32 number of the line, f32 score. SCHEME is bm25 or tfidf.
//   retrieval_bench images IMAGES QUERIES COUNT
//     Pictures with 36 objects each, of 1600 classes, drawn from 400 kinds of scene.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>

#include "orchestrator/base/file.h"
#include "stages/retrieval/image_index.h"
#include "stages/retrieval/text_index.h"
#include "trainer/data/random.h"

namespace {

using namespace unimo;          // NOLINT: one small file
using namespace unimo::stages;  // NOLINT: one small file

double seconds_now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// MiB; of /proc/self/status.
long peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6) / 1024;
  return 0;
}

void print_rates(std::size_t items, double built, std::size_t queries, double searched) {
  fmt::print(
      "{{\"items\": {}, \"build_s\": {:.3f}, \"items_per_s\": {:.0f}, \"queries\": {}, "
      "\"search_s\": {:.3f}, \"queries_per_s\": {:.1f}, \"peak_mib\": {}}}\n",
      items, built, static_cast<double>(items) / built, queries, searched,
      static_cast<double>(queries) / searched, peak_memory());
}

int bench_texts(const std::string& scheme, const std::string& path, std::size_t queries,
                std::size_t count, const std::string& out) {
  const std::string text = read_file(path).value();
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
  }
  const double start = seconds_now();
  TextIndexBuilder builder({.scheme = scheme == "bm25" ? TextScheme::kBm25 : TextScheme::kTfidf});
  for (const std::string_view line : lines) builder.add(line);
  const TextIndex index = std::move(builder).build();
  const double built = seconds_now();
  std::string found;
  TextSearch search(index);
  for (std::size_t i = 0; i < queries; ++i) {
    const auto nearest = search.nearest(lines[i * lines.size() / queries], {.count = count});
    for (std::size_t n = 0; n < count; ++n) {
      const std::uint32_t number = n < nearest.size() ? nearest[n].item : UINT32_MAX;
      const float score = n < nearest.size() ? static_cast<float>(nearest[n].score) : 0.0F;
      found.append(reinterpret_cast<const char*>(&number), sizeof number);
      found.append(reinterpret_cast<const char*>(&score), sizeof score);
    }
  }
  print_rates(lines.size(), built - start, queries, seconds_now() - built);
  return write_file(out, found) ? 0 : 1;
}

// A class of its scene: few are frequent, as in pictures.
std::uint32_t drawn_class(trainer::Random& random, std::uint64_t scene) {
  const double rank = std::pow(60.0, random.uniform()) - 1;
  // One in four objects belongs to no scene: walls, windows, people.
  const std::uint64_t kind = random.uniform() < 0.25 ? 0 : scene + 1;
  const auto place = static_cast<std::uint64_t>(rank);
  return static_cast<std::uint32_t>(kind == 0 ? place : trainer::mix64(kind * 1000 + place) % 1600);
}

int bench_images(std::size_t images, std::size_t queries, std::size_t count) {
  std::vector<std::vector<ClassWeight>> bags(images);
  for (std::size_t i = 0; i < images; ++i) {
    trainer::Random random({.seed = 7, .sample = i});
    const std::uint64_t scene = random.below(400);
    for (int object = 0; object < 36; ++object) {
      add_to_bag(bags[i],
                 {drawn_class(random, scene), 0.2F + 0.8F * static_cast<float>(random.uniform())},
                 BagWeight::kLargest);
    }
  }
  const double start = seconds_now();
  ImageIndexBuilder builder(1600);
  for (const auto& bag : bags) builder.add(bag);
  const ImageIndex index = std::move(builder).build();
  const double built = seconds_now();
  ImageSearch search(index);
  double last = 0;
  for (std::size_t i = 0; i < queries; ++i) {
    const auto nearest =
        search.nearest(static_cast<std::uint32_t>(i * images / queries), {.count = count});
    last += nearest.empty() ? 0 : nearest.back().score;
  }
  const double searched = seconds_now() - built;
  print_rates(images, built - start, queries, searched);
  fmt::print(stderr, "score of the last: {:.3f} on average\n", last / static_cast<double>(queries));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int i) { return static_cast<std::size_t>(std::atoll(argv[i])); };
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "texts" && argc == 7)
    return bench_texts(argv[2], argv[3], number(4), number(5), argv[6]);
  if (what == "images" && argc == 5) return bench_images(number(2), number(3), number(4));
  std::fputs(
      "usage: retrieval_bench texts bm25|tfidf FILE QUERIES COUNT OUT\n"
      "       retrieval_bench images IMAGES QUERIES COUNT\n",
      stderr);
  return 2;
}
