// How long SPICE by rules takes, and the caption parser alone: one caption of each image against
// its others.
//
//   spice_bench [captions.json] [repetitions] [WordNet's folder]
//   spice_bench --tuples captions.txt     the tuples of each line, for scene_graph_peer.py
//
// The file has COCO's caption annotations; the first 4,000 images that have five captions or more
// are taken, the caption of the lowest id against the next four, as in scene_graph_peer.py. Prints
// the shortest processor time of each step on one thread, and the scores.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evaluators/scene_graph/wordnet.h"
#include "evaluators/spice.h"
#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"

namespace {

using namespace unimo;
using namespace unimo::eval;

constexpr std::size_t kImages = 4000;
constexpr std::size_t kReferences = 4;

Result<std::vector<CaptionItem>> read_items(const std::string& path) {
  const Json document = UNIMO_TRY(read_json(path));
  std::map<long, std::vector<std::pair<long, std::string>>> of_image;
  for (const Json& entry : document["annotations"]) {
    of_image[entry["image_id"].get<long>()].emplace_back(entry["id"].get<long>(),
                                                         entry["caption"].get<std::string>());
  }
  std::vector<CaptionItem> items;
  for (auto& [image, captions] : of_image) {
    if (captions.size() <= kReferences || items.size() == kImages) continue;
    std::sort(captions.begin(), captions.end());
    CaptionItem& item = items.emplace_back();
    item.candidate = captions.front().second;
    for (std::size_t i = 1; i <= kReferences; ++i) item.references.push_back(captions[i].second);
  }
  return items;
}

// The shortest of several runs, in seconds of processor time.
double shortest(int repetitions, const std::function<void()>& work) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < repetitions; ++i) {
    const std::clock_t start = std::clock();
    work();
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

void parse_all(const std::vector<CaptionItem>& items, const WordNet* wordnet, int repetitions) {
  std::size_t captions = 0, objects = 0;
  const double seconds = shortest(repetitions, [&] {
    captions = objects = 0;
    for (const CaptionItem& item : items) {
      objects += parse_caption(item.candidate, wordnet).objects.size();
      for (const std::string& text : item.references) {
        objects += parse_caption(text, wordnet).objects.size();
      }
      captions += 1 + item.references.size();
    }
  });
  fmt::print("parse  {:.4f} s, {:.0f} captions a second, {} objects\n", seconds,
             static_cast<double>(captions) / seconds, objects);
}

void score_all(const std::vector<CaptionItem>& items, const WordNet* wordnet, int repetitions) {
  Spice scores;
  const double seconds = shortest(repetitions, [&] { scores = spice(items, wordnet); });
  fmt::print("spice  {:.4f} s, F {:.6f}\n{}\n", seconds, scores.corpus,
             spice_signature(items, wordnet));
}

// "dog | dog, brown | dog, chase, ball"
std::string tuples_of(const SceneGraph& graph) {
  std::string line;
  const auto add = [&](const std::string& tuple) { line += (line.empty() ? "" : " | ") + tuple; };
  for (const SceneObject& object : graph.objects) add(object.lemma);
  for (const SceneAttribute& attribute : graph.attributes) {
    add(graph.objects[attribute.object].lemma + ", " + attribute.lemma);
  }
  for (const SceneRelation& relation : graph.relations) {
    add(graph.objects[relation.subject].lemma + ", " + relation.lemma() + ", " +
        graph.objects[relation.object].lemma);
  }
  return line;
}

Status print_tuples(const std::string& path) {
  const std::vector<std::string> captions = UNIMO_TRY(read_lines(path));
  for (const std::string& caption : captions) fmt::print("{}\n", tuples_of(parse_caption(caption)));
  return ok();
}

Status run(const std::string& path, int repetitions, const std::string& folder) {
  const std::vector<CaptionItem> items = UNIMO_TRY(read_items(path));
  fmt::print("images {} references {}\n", items.size(), kReferences);
  parse_all(items, nullptr, repetitions);
  score_all(items, nullptr, repetitions);
  if (folder.empty()) return ok();
  const WordNet wordnet = UNIMO_TRY(WordNet::load(folder));
  parse_all(items, &wordnet, repetitions);
  score_all(items, &wordnet, repetitions);
  return ok();
}

}  // namespace

int main(int argc, char** argv) {
  const bool tuples = argc == 3 && std::string_view(argv[1]) == "--tuples";
  const std::string path =
      argc > 1 ? argv[1]
               : std::string(UNIMO_SHARED_DATA) + "/coco/annotations/captions_val2017.json";
  const int repetitions = argc > 2 ? std::max(1, std::atoi(argv[2])) : 3;
  const auto done =
      tuples ? print_tuples(argv[2]) : run(path, repetitions, argc > 3 ? argv[3] : "");
  if (!done) {
    fmt::print(stderr, "{}\n", done.error().message);
    return 1;
  }
  return 0;
}
