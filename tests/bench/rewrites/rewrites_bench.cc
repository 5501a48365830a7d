// How fast captions are parsed and rewritten: rewrites_bench [FILE [THREADS [WORDNET]]], by default
// COCO's captions of val2017 on two threads. Bars: parsing 50,000 captions a second on one core,
// rewriting (100 each, after parsing) 20,000 a second on two.
#include <chrono>
#include <cstdlib>

#include "orchestrator/base/in_parallel.h"
#include "stages/rewrites/rewriter.h"
#include "stages/rewrites/rewrites_output.h"
#include "tests/bench/rewrites/captions_of_file.h"

namespace {

using namespace unimo;
using namespace unimo::stages;
using Readings = std::vector<std::vector<CaptionReading>>;

class Watch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Rewrites everything once; the sum of the counts. With `lines` it makes the output's lines, too.
RewriteCounts rewrite_all(const std::vector<ImageCaptions>& images, const Readings& readings,
                          const Vocabulary& vocabulary, const Candidates& candidates, int threads,
                          bool lines) {
  std::vector<RewriteCounts> counts(static_cast<std::size_t>(threads));
  in_parallel(counts.size(), threads, [&](std::size_t lane) {
    const RewriteOptions options;
    ImageRewriter rewriter(vocabulary, candidates, options);
    std::string text;
    const std::size_t end = images.size() * (lane + 1) / counts.size();
    for (std::size_t i = images.size() * lane / counts.size(); i < end; ++i) {
      const auto all = rewriter.rewrite(images[i], readings[i], i * 10);
      for (std::size_t j = 0; j < all.size(); ++j) {
        counts[lane].add(all[j], options);
        if (!lines) continue;
        const CaptionText& caption = images[i].captions[j];
        append_contrast_line(text, caption.id, all[j]);
        append_rewrite_line(text, {images[i].image, caption, readings[i][j], all[j]});
        text.clear();
      }
    }
  });
  for (std::size_t i = 1; i < counts.size(); ++i) counts[0].add(counts[i]);
  return counts[0];
}

}  // namespace

int main(int argc, char** argv) {
  const std::string file =
      argc > 1 ? argv[1] : UNIMO_SHARED_DATA "/coco/annotations/captions_val2017.json";
  const int threads = argc > 2 ? std::atoi(argv[2]) : 2;
  const auto images = captions_of_file(file);
  const auto taxonomy = Taxonomy::load(argc > 3 ? argv[3] : "/usr/share/wordnet");
  if (!images || !taxonomy) {
    fmt::print(stderr, "{}\n", (images ? taxonomy.error() : images.error()).message);
    return 1;
  }
  std::size_t captions = 0;
  const Watch scene_graphs;
  std::size_t objects = 0;
  for (const ImageCaptions& image : *images) {
    for (const CaptionText& caption : image.captions)
      objects += eval::parse_caption(caption.text, &taxonomy->wordnet()).objects.size();
    captions += image.captions.size();
  }
  const auto rate = [&](double seconds) { return static_cast<double>(captions) / seconds; };
  fmt::print("{} captions, {} objects\n", captions, objects);
  fmt::print("scene graphs     {:9.0f} captions/s, 1 thread (bar 50000)\n",
             rate(scene_graphs.seconds()));
  const Watch parsing;
  Readings readings(images->size());
  for (std::size_t i = 0; i < images->size(); ++i)
    for (const CaptionText& caption : (*images)[i].captions)
      readings[i].push_back(read_caption(caption.text, &taxonomy->wordnet()));
  fmt::print("reading          {:9.0f} captions/s, 1 thread\n", rate(parsing.seconds()));
  const Watch counting;
  const auto vocabulary = count_vocabulary(*images, {}, &taxonomy->wordnet(), threads);
  fmt::print("vocabulary       {:9.2f} s: {} objects, {} attributes, {} verbs, {} places\n",
             counting.seconds(), vocabulary.objects.size(), vocabulary.attributes.size(),
             vocabulary.verbs.size(), vocabulary.places.size());
  const Watch choosing;
  const Candidates candidates(vocabulary, &*taxonomy, {}, threads);
  fmt::print("candidates       {:9.2f} s\n", choosing.seconds());
  for (const bool lines : {false, true}) {
    const Watch rewriting;
    const auto counts = rewrite_all(*images, readings, vocabulary, candidates, threads, lines);
    fmt::print(
        "rewriting{} {:9.0f} captions/s, {} threads (bar 20000): {:.1f} word, {:.1f} phrase "
        "level each; {} without\n",
        lines ? "+lines" : "      ", rate(rewriting.seconds()), threads,
        static_cast<double>(counts.words) / static_cast<double>(captions),
        static_cast<double>(counts.phrases) / static_cast<double>(captions),
        counts.without_rewrites);
  }
}
