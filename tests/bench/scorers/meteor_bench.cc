// How long METEOR takes: one caption of each image against its others, resources included.
//
//   meteor_bench <folder of METEOR's files> [captions.json] [repetitions] [paraphrase-en.gz]
//
// The folder is what read_meteor_resources reads; the captions are those of scorers_bench. Prints
// the shortest time of each step, the statistics and score of the corpus, and the most memory that
// was held. meteor_peer.py runs this and the official program and prints the ratio.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "evaluators/meteor.h"
#include "orchestrator/base/json.h"
#include "tests/bench/scorers/bench_clock.h"

namespace {

using namespace unimo;
using namespace unimo::eval;

Result<std::vector<CaptionItem>> read_input(const std::string& path) {
  const Json document = UNIMO_TRY(read_json(path));
  std::map<long, std::vector<std::pair<long, std::string>>> of_image;
  for (const Json& entry : document["annotations"]) {
    of_image[entry["image_id"].get<long>()].emplace_back(entry["id"].get<long>(),
                                                         entry["caption"].get<std::string>());
  }
  std::vector<CaptionItem> items;
  for (auto& [image, captions] : of_image) {
    if (captions.size() < 2) continue;
    std::sort(captions.begin(), captions.end());
    CaptionItem& item = items.emplace_back();
    item.candidate = captions.front().second;
    for (std::size_t i = 1; i < captions.size(); ++i) {
      item.references.push_back(captions[i].second);
    }
  }
  return items;
}

Status run(const MeteorFiles& files, const std::vector<CaptionItem>& items, int repetitions) {
  auto resources = UNIMO_TRY(read_meteor_resources(files));
  const double load = shortest(repetitions - 1, [&] {
    resources = {};
    resources = read_meteor_resources(files).value();
  });
  fmt::print("items {}\nload      {:.4f} s\n", items.size(), load);
  Meteor scores;
  for (const int threads : {1, 2}) {
    const double seconds =
        shortest(repetitions, [&] { scores = meteor(items, resources, {}, threads).value(); });
    fmt::print("score_{}   {:.4f} s\ntotal_{}   {:.4f} s\n", threads, seconds, threads,
               load + seconds);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("memory    {} MB\nstatistics {}\nscore {:.17g}\n{}\n", usage.ru_maxrss / 1024,
             to_line(scores.totals), scores.corpus, meteor_signature(items, resources));
  return ok();
}

Status bench(int argc, char** argv) {
  const std::string captions =
      argc > 2 ? argv[2]
               : std::string(UNIMO_SHARED_DATA) + "/coco/annotations/captions_val2017.json";
  MeteorFiles files = meteor_files(argc > 1 ? argv[1] : std::string(UNIMO_SHARED_DATA) + "/meteor");
  files.paraphrases = argc > 4 ? argv[4] : "";
  const auto items = UNIMO_TRY(read_input(captions));
  return run(files, items, argc > 3 ? std::max(2, std::atoi(argv[3])) : 3);
}

}  // namespace

int main(int argc, char** argv) {
  const auto done = bench(argc, argv);
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 1;
}
