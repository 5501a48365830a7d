// How long the caption scorers take: one caption of each image against its others.
//
//   scorers_bench [captions.json] [repetitions]
//
// The file has COCO's caption annotations; the caption of the lowest id is the candidate, as in
// peer.py, which times the official scorers on the same input and runs this program beside them.
// Prints the shortest time of each step and the scores, so that two programs can be compared on
// both.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "evaluators/bleu.h"
#include "evaluators/cider.h"
#include "evaluators/ptb_tokenizer.h"
#include "evaluators/rouge_l.h"
#include "orchestrator/base/json.h"
#include "tests/bench/scorers/bench_clock.h"

namespace {

using namespace unimo;
using namespace unimo::eval;

struct Input {
  std::vector<std::string> candidates;
  std::vector<std::string> references;
  std::vector<std::size_t> reference_count;  // of each candidate
};

Result<Input> read_input(const std::string& path) {
  const Json document = UNIMO_TRY(read_json(path));
  std::map<long, std::vector<std::pair<long, std::string>>> of_image;
  for (const Json& entry : document["annotations"]) {
    of_image[entry["image_id"].get<long>()].emplace_back(entry["id"].get<long>(),
                                                         entry["caption"].get<std::string>());
  }
  Input input;
  for (auto& [image, captions] : of_image) {
    if (captions.size() < 2) continue;
    std::sort(captions.begin(), captions.end());
    input.candidates.push_back(captions.front().second);
    input.reference_count.push_back(captions.size() - 1);
    for (std::size_t i = 1; i < captions.size(); ++i)
      input.references.push_back(captions[i].second);
  }
  return input;
}

void run(const Input& input, int repetitions) {
  std::vector<std::string> references, candidates;
  fmt::print("images {} references {}\n", input.candidates.size(), input.references.size());
  fmt::print("ptb_refs   {:.4f} s\n",
             shortest(repetitions, [&] { references = scorer_text(input.references); }));
  fmt::print("ptb_hyps   {:.4f} s\n",
             shortest(repetitions, [&] { candidates = scorer_text(input.candidates); }));
  std::vector<CaptionItem> items(candidates.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].candidate = candidates[i];
    for (std::size_t j = 0; j < input.reference_count[i]; ++j) {
      items[i].references.push_back(references[next++]);
    }
  }
  // Each scorer counts for itself here, as the official ones do.
  Bleu bleu_scores;
  RougeL rouge_scores;
  Cider cider_scores;
  fmt::print("bleu       {:.4f} s\n",
             shortest(repetitions, [&] { bleu_scores = bleu(count_ngrams(items)); }));
  fmt::print("rouge_l    {:.4f} s\n",
             shortest(repetitions, [&] { rouge_scores = rouge_l(items); }));
  fmt::print("cider_d    {:.4f} s\n",
             shortest(repetitions, [&] { cider_scores = cider(count_ngrams(items)); }));
  fmt::print("bleu4 {:.12f} rouge_l {:.12f} cider {:.12f}\n", bleu_scores.corpus[3],
             rouge_scores.corpus, cider_scores.corpus);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string path =
      argc > 1 ? argv[1]
               : std::string(UNIMO_SHARED_DATA) + "/coco/annotations/captions_val2017.json";
  const int repetitions = argc > 2 ? std::max(1, std::atoi(argv[2])) : 3;
  const auto input = read_input(path);
  if (!input) {
    fmt::print(stderr, "{}\n", input.error().message);
    return 1;
  }
  run(*input, repetitions);
  return 0;
}
