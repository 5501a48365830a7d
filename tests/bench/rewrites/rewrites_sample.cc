// Random rewrites to be read by a person: level, caption, what was replaced by what, the sentence:
//   rewrites_sample FILE [COUNT [SEED [WORDNET]]]
// FILE: COCO's captions_*.json or Flickr8k.token.txt; COUNT (200) of each level, of different
// captions; all other captions of the picture stand below. At sentence level (S) the sentence is
// one of the nearest captions of other pictures, as pack finds them.
#include <cstdlib>

#include "stages/pack/tfidf.h"
#include "stages/rewrites/rewriter.h"
#include "tests/bench/rewrites/captions_of_file.h"
#include "trainer/data/random.h"

namespace {

using namespace unimo;
using namespace unimo::stages;

void print_captions(const ImageCaptions& image, std::size_t at) {
  fmt::print("    = {}\n", image.captions[at].text);
  for (std::size_t i = 0; i < image.captions.size(); ++i)
    if (i != at) fmt::print("    . {}\n", image.captions[i].text);
}

void print_level(std::string_view level, const ImageCaptions& image, std::size_t at,
                 const CaptionRewrites& rewrites, const std::vector<Rewrite>& list,
                 trainer::Random& random) {
  const Rewrite& one = list[random.below(list.size())];
  const auto replaced = std::span(one.replacements).first(one.replaced);
  const std::string& caption = image.captions[at].text;
  std::string changes;
  for (const Replacement& part : replaced) {
    const eval::Span& span = rewrites.nodes[part.node].span;
    changes += fmt::format("{}{} → {}", changes.empty() ? "" : ", ",
                           caption.substr(span.begin, span.end - span.begin), part.text);
  }
  fmt::print("{} | {} | {} | {}\n", level, image.captions[at].id, changes,
             replace_nodes(caption, rewrites.nodes, replaced, "*"));
  print_captions(image, at);
}

void print_sentences(const std::vector<ImageCaptions>& images, int count, trainer::Random& random) {
  std::vector<std::string> texts;
  std::vector<std::uint32_t> image_of, place_of;
  for (const ImageCaptions& image : images) {
    for (std::uint32_t i = 0; i < image.captions.size(); ++i) {
      texts.push_back(image.captions[i].text);
      image_of.push_back(static_cast<std::uint32_t>(&image - images.data()));
      place_of.push_back(i);
    }
  }
  const auto nearest = nearest_texts(texts, image_of, {.new_words = 2, .threads = 2});
  for (int n = 0; n < count;) {
    const std::size_t at = random.below(texts.size());
    if (nearest[at].empty()) continue;
    const ImageCaptions& image = images[image_of[at]];
    const std::uint32_t other = nearest[at][random.below(nearest[at].size())];
    fmt::print("S{} | {} | {}\n", ++n, image.captions[place_of[at]].id, texts[other]);
    print_captions(image, place_of[at]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: rewrites_sample FILE [COUNT [SEED [WORDNET]]]\n", stderr);
    return 2;
  }
  const int count = argc > 2 ? std::atoi(argv[2]) : 200;
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  const auto images = captions_of_file(argv[1]);
  const auto taxonomy = Taxonomy::load(argc > 4 ? argv[4] : "/usr/share/wordnet");
  if (!images || !taxonomy) {
    fmt::print(stderr, "{}\n", (images ? taxonomy.error() : images.error()).message);
    return 1;
  }
  const auto vocabulary = count_vocabulary(*images, {}, &taxonomy->wordnet(), 1);
  const Candidates candidates(vocabulary, &*taxonomy, {}, 1);
  ImageRewriter rewriter(vocabulary, candidates, {.seed = seed});
  trainer::Random random({.seed = seed, .stream = trainer::stream_of("rewrites_sample")});
  print_sentences(*images, count, random);
  int words = 0, phrases = 0;
  while (words < count || phrases < count) {
    const std::size_t at = random.below(images->size());
    const ImageCaptions& image = (*images)[at];
    std::vector<CaptionReading> readings;
    for (const CaptionText& caption : image.captions)
      readings.push_back(read_caption(caption.text, &taxonomy->wordnet()));
    const auto all = rewriter.rewrite(image, readings, at * 100);
    const std::size_t i = random.below(all.size());
    if (!all[i].words.empty() && words < count) {
      print_level(fmt::format("W{}", ++words), image, i, all[i], all[i].words, random);
    }
    if (!all[i].phrases.empty() && phrases < count)
      print_level(fmt::format("P{}", ++phrases), image, i, all[i], all[i].phrases, random);
  }
}
