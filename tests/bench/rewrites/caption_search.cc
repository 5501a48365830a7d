// Whether what the parser reads finds captions that speak of the same picture:
//   caption_search [TOKENS [IMAGES [WORDNET]]]
// by default Flickr8k's captions of its development images. Each caption is searched for among all
// the others; R@1 is the share whose nearest is of the same picture (of several equally near ones,
// the share that is). Nearness is the overlap of two sets, 2 |A and B| / (|A| + |B|): of the words,
// lower case without marks, or of the tuples of the scene graphs as SPICE has them; once as they
// are, once with the weight log(captions / captions that have it).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "evaluators/scene_graph/scene_graph.h"
#include "evaluators/scene_graph/wordnet.h"
#include "tests/bench/rewrites/captions_of_file.h"

namespace {

using namespace unimo;
using namespace unimo::stages;
using Features = std::set<std::string>;

Features words_of(const std::string& caption) {
  Features words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) words.insert(std::exchange(word, {}));
  };
  for (const char c : caption) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool inside = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                        static_cast<unsigned char>(c) >= 0x80;
    if (inside) {
      word += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else {
      finish();
    }
  }
  finish();
  return words;
}

Features tuples_of(const eval::SceneGraph& graph) {
  Features tuples;
  const auto head = [&](std::size_t object) { return graph.objects[object].head; };
  for (const eval::SceneObject& object : graph.objects) {
    tuples.insert(object.head);
    if (!object.modifiers.empty()) tuples.insert(object.head + "|" + object.modifiers);
  }
  for (const eval::SceneAttribute& one : graph.attributes)
    tuples.insert(head(one.object) + "|" + one.lemma);
  for (const eval::SceneRelation& one : graph.relations) {
    const std::string ends = "|" + head(one.object);
    if (!one.verb.empty()) tuples.insert(head(one.subject) + "|" + one.verb);
    const std::string& link = one.preposition.empty() ? one.verb : one.preposition;
    tuples.insert(head(one.subject) + "|" + link + ends);
  }
  return tuples;
}

// Sets with weights over which captions are searched.
class Search {
 public:
  Search(const std::vector<Features>& captions, bool weighted) : sums_(captions.size()) {
    for (std::size_t i = 0; i < captions.size(); ++i) {
      auto& features = of_.emplace_back();
      for (const std::string& text : captions[i]) {
        const auto [place, fresh] = numbers_.emplace(text, having_.size());
        if (fresh) having_.emplace_back();
        having_[place->second].push_back(i);
        features.push_back(place->second);
      }
    }
    for (const auto& list : having_) {
      const double share = static_cast<double>(captions.size()) / static_cast<double>(list.size());
      weights_.push_back(weighted ? std::log(share) : 1.0);
    }
    for (std::size_t i = 0; i < of_.size(); ++i)
      for (const std::size_t feature : of_[i]) sums_[i] += weights_[feature];
  }

  // Of the captions nearest to this one, the share for which `right` holds; 0 when none has
  // anything in common.
  double nearest(std::size_t query, const std::function<bool(std::size_t)>& right) {
    std::vector<double> common(of_.size());
    for (const std::size_t feature : of_[query])
      for (const std::size_t other : having_[feature]) common[other] += weights_[feature];
    double best = 0, all = 0, good = 0;
    for (std::size_t i = 0; i < common.size(); ++i) {
      if (i == query || common[i] == 0) continue;
      const double score = 2 * common[i] / (sums_[i] + sums_[query]);
      if (score < best - 1e-12) continue;
      if (score > best + 1e-12) all = good = 0;
      best = std::max(best, score);
      all += 1;
      good += right(i) ? 1 : 0;
    }
    return all == 0 ? 0 : good / all;
  }

 private:
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<std::vector<std::size_t>> having_, of_;
  std::vector<double> weights_, sums_;
};

void print_recall(std::string_view name, const std::vector<Features>& captions,
                  const std::vector<std::size_t>& image_of) {
  for (const bool weighted : {false, true}) {
    Search search(captions, weighted);
    double found = 0;
    for (std::size_t i = 0; i < captions.size(); ++i)
      found += search.nearest(i, [&](std::size_t j) { return image_of[j] == image_of[i]; });
    fmt::print("{:16} {:10} R@1 {:.2f} %\n", name, weighted ? "weighted" : "as it is",
               100 * found / static_cast<double>(captions.size()));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto all =
      captions_of_file(argc > 1 ? argv[1] : UNIMO_SHARED_DATA "/flickr8k/Flickr8k.token.txt");
  const auto names =
      read_lines(argc > 2 ? argv[2] : UNIMO_SHARED_DATA "/flickr8k/Flickr_8k.devImages.txt");
  const auto wordnet = eval::WordNet::load(argc > 3 ? argv[3] : "/usr/share/wordnet");
  if (!all || !names || !wordnet) {
    const Error& error = !all ? all.error() : !names ? names.error() : wordnet.error();
    fmt::print(stderr, "{}\n", error.message);
    return 1;
  }
  const std::set<std::string> wanted(names->begin(), names->end());
  std::vector<Features> words, tuples;
  std::vector<std::size_t> image_of;
  std::size_t images = 0;
  for (const ImageCaptions& image : *all) {
    if (!wanted.contains(image.image)) continue;
    for (const CaptionText& caption : image.captions) {
      words.push_back(words_of(caption.text));
      tuples.push_back(tuples_of(eval::parse_caption(caption.text, &*wordnet)));
      image_of.push_back(images);
    }
    ++images;
  }
  fmt::print("{} captions of {} images\n", image_of.size(), images);
  print_recall("bag of words", words, image_of);
  print_recall("parsed tuples", tuples, image_of);
}
