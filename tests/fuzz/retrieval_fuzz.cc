// Any bytes as what retrieval reads; the first byte chooses: a record of regions, of which a bag is
// made, or texts, a line each, the first of them the query. A search finds what a look at every
// text finds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "stages/retrieval/image_bags.h"
#include "stages/retrieval/sentence_store.h"
#include "stages/retrieval/text_index.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

void check(bool holds) {
  if (!holds) std::abort();
}

void look_at_regions(std::string_view bytes) {
  const auto span = std::as_bytes(std::span(bytes.data(), bytes.size()));
  const auto regions = unimo::trainer::RegionView::parse(span, "fuzz");
  if (!regions) return;
  for (const BagWeight weight : {BagWeight::kLargest, BagWeight::kSum}) {
    const BagOptions options{.weight = weight, .ignored = {false, true, false}};
    const auto bag = bag_of(*regions, options, "fuzz");
    if (!bag) continue;
    check(bag->size() <= 2);
    ImageIndexBuilder builder(3);
    for (int copy = 0; copy < 2; ++copy) builder.add(*bag);
    const ImageIndex index = std::move(builder).build();
    ImageSearch search(index);
    check(search.nearest(0, {}).size() == (bag->empty() ? 0 : 1));
  }
}

void look_at_texts(std::string_view bytes, TextScheme scheme) {
  SentenceStore store({.min_words = 1, .max_words = 50, .most = 40});
  TextIndexBuilder builder({.scheme = scheme});
  store.begin_document("fuzz");
  const std::string_view query = bytes.substr(0, bytes.find('\n'));
  while (!bytes.empty()) {
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    store.add(line, 0);
    bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
  }
  check(store.size() <= 40);
  for (std::size_t i = 0; i < store.size(); ++i) builder.add(store.text(i));
  const TextIndex index = std::move(builder).build();
  TextSearch search(index);
  const auto found = search.nearest(query, {.count = 1000});
  const std::vector<ScoredItem> all(found.begin(), found.end());
  for (const std::size_t count : {1, 3, 10}) {
    const auto best = search.nearest(query, {.count = count});
    check(best.size() == std::min(count, all.size()));
    for (std::size_t i = 0; i < best.size(); ++i) check(best[i] == all[i]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned choice = fuzz_choice(data, size, 3);
  const std::string_view bytes = fuzz_text(data, size);
  if (choice == 0) {
    look_at_regions(bytes);
  } else {
    look_at_texts(bytes, choice == 1 ? TextScheme::kBm25 : TextScheme::kTfidf);
  }
  return 0;
}
