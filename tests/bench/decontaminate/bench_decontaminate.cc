// What decontaminate finds and what it costs, on Flickr8k:
//   bench_decontaminate [PICTURES]
// Held out are the pictures of its dev list. Prints, for copies of PICTURES (default 100) of them
// of each kind, how many are found; how alike the pictures of the train list are at most, with the
// names of the nearest; and times of the processor. Then the same for text with invented words.
#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <map>
#include <random>

#include "orchestrator/base/file.h"
#include "stages/decontaminate/held_pictures.h"
#include "stages/decontaminate/held_texts.h"
#include "tests/stages/decontaminate/planted.h"

namespace {

using namespace unimo;
using namespace unimo::stages;
namespace fs = std::filesystem;

constexpr double kThreshold = 0.8;  // DecontaminateParams::correlation

// Of the processor, so that other programs do not count.
double seconds_now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
double seconds_since(double start) { return seconds_now() - start; }

struct Picture {
  std::string name, bytes;
};

std::vector<Picture> read_pictures(const fs::path& folder, const char* list) {
  std::vector<Picture> pictures;
  const auto names = read_lines(folder / list).value();
  for (const std::string& name : names) {
    const auto bytes = read_file(folder / "images" / name);
    if (bytes) pictures.push_back({name, *bytes});
  }
  return pictures;
}

void print_planted(const HeldPictures& held, const std::vector<Picture>& dev, std::size_t most) {
  fmt::print("\n{:24} {:>7} {:>7} {:>9} {:>9} {:>9}\n", "copy", "planted", "found", "lowest",
             "median", "bits max");
  const std::size_t count = std::min(most, dev.size());
  for (const auto& kind : planted::kKinds) {
    std::size_t found = 0;
    int bits = 0;
    std::vector<double> values;
    std::string missed;
    for (std::size_t i = 0; i < count; ++i) {
      const Picture& picture = dev[i * dev.size() / count];
      const auto copy = planted::look(kind.make(planted::decode(picture.bytes)));
      const auto match = held.most_alike(copy).value();
      const bool right = match && match->id == picture.name;
      values.push_back(right ? match->correlation : 0);
      if (right && match->correlation >= kThreshold) {
        ++found;
        bits = std::max(bits, match->distance);
      } else {
        missed += fmt::format(" {} ({:.2f})", picture.name, values.back());
      }
    }
    std::sort(values.begin(), values.end());
    fmt::print("{:24} {:7} {:7} {:9.3f} {:9.3f} {:9}{}\n", kind.name, count, found, values.front(),
               values[values.size() / 2], bits, missed.empty() ? "" : "  missed:" + missed);
  }
}

void print_strangers(const HeldPictures& held, const std::vector<Picture>& train) {
  struct Near {
    double correlation = 0;
    std::string line;
  };
  std::vector<Near> all;
  const auto start = seconds_now();
  double looking = 0;
  for (const Picture& picture : train) {
    const auto begin = seconds_now();
    const Look look = look_at_picture(picture.bytes, 224, 224).value();
    looking += seconds_since(begin);
    const auto match = held.most_alike(look).value();
    if (!match) {
      all.push_back({});
      continue;
    }
    all.push_back(
        {match->correlation,
         fmt::format("{:.3f} {:2} bits {} {} = {}", match->correlation, match->distance,
                     match->mirrored ? "mirrored" : "        ", picture.name, match->id)});
  }
  const double seconds = seconds_since(start);
  std::sort(all.begin(), all.end(),
            [](const Near& a, const Near& b) { return a.correlation > b.correlation; });
  fmt::print(
      "\n{} pictures of the train list against {} held out: {:.2f} s, {:.2f} ms each, of "
      "which decoding {:.2f} ms\n",
      train.size(), held.pictures(), seconds, 1000 * seconds / static_cast<double>(train.size()),
      1000 * looking / static_cast<double>(train.size()));
  for (const double threshold : {0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8}) {
    const auto above = std::count_if(
        all.begin(), all.end(), [&](const Near& near) { return near.correlation >= threshold; });
    fmt::print("  correlation >= {:.2f}: {:4} ({:.2f} in 1000)\n", threshold, above,
               1000.0 * static_cast<double>(above) / static_cast<double>(train.size()));
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(all.size(), 24); ++i)
    fmt::print("  {}\n", all[i].line);
}

void print_texts() {
  std::mt19937_64 random(1);
  const auto sentence = [&](std::size_t words) {
    std::string text;
    for (std::size_t i = 0; i < words; ++i) {
      if (i > 0) text += ' ';
      for (int letter = 0; letter < 5; ++letter) text += static_cast<char>('a' + random() % 9);
    }
    return text;
  };
  HeldTexts held({});
  auto start = seconds_now();
  std::vector<std::string> articles;
  for (int i = 0; i < 2'000; ++i) {
    articles.push_back(sentence(800));
    held.add("cnndm", std::to_string(i), articles.back());
  }
  held.build();
  fmt::print("\n{} word runs of 2000 texts held out: {:.2f} s\n", held.grams(),
             seconds_since(start));
  std::vector<std::string> corpus;
  std::size_t bytes = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = sentence(400);
    if (i % 200 == 0) text += " " + articles[static_cast<std::size_t>(i / 200)].substr(0, 120);
    bytes += text.size();
    corpus.push_back(std::move(text));
  }
  start = seconds_now();
  std::size_t found = 0;
  std::vector<MatchingWord> words;
  for (const std::string& text : corpus) found += held.find(text, words).empty() ? 0 : 1;
  const double seconds = seconds_since(start);
  fmt::print("{} of 100 planted runs found in {:.0f} MB of text: {:.0f} MB/s on one thread\n",
             found, static_cast<double>(bytes) / 1e6, static_cast<double>(bytes) / 1e6 / seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const fs::path folder = fs::path(UNIMO_SHARED_DATA) / "flickr8k";
  if (!fs::exists(folder)) {
    fmt::print("{} is not there\n", folder.string());
    return 1;
  }
  const auto most = argc > 1 ? static_cast<std::size_t>(std::atoll(argv[1])) : 100;
  const auto temporary = TempDir::make("unimo-bench-").value();
  auto held = HeldPictures::create(temporary.path(), {.hash_distance = 11}).value();
  const auto dev = read_pictures(folder, "Flickr_8k.devImages.txt");
  const auto start = seconds_now();
  for (const Picture& picture : dev) {
    const Look look = planted::look(picture.bytes);
    if (const Status added = held.add_picture("flickr8k", picture.name, look); !added) {
      fmt::print("{}\n", added.error().message);
      return 1;
    }
  }
  held.build();
  fmt::print("{} pictures held out: {:.2f} s\n", dev.size(), seconds_since(start));
  print_strangers(held, read_pictures(folder, "Flickr_8k.trainImages.txt"));
  print_planted(held, dev, most);
  print_texts();
  return 0;
}
