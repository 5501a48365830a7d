// Parameters of decontaminate.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

struct DecontaminateParams {
  std::vector<std::string> splits = {"val", "test"};
  bool names = true;
  bool bytes = true;
  bool looks = true;
  std::int64_t hash_distance = 10;
  double correlation = 0.8;
  bool mirrored = true;
  std::int64_t words = 13;
  std::int64_t short_words = 8;
  std::int64_t common = 10;
  std::string remove_text = "sentences";
  std::int64_t shown = 20;
  double max_bad_share = 0.01;
};
template <class V>
void visit(V& v, DecontaminateParams& c) {
  v.field("splits", c.splits, "splits of the benchmarks that must not be trained on");
  v.field("names", c.names, "look for pictures under the same name");
  v.field("bytes", c.bytes, "look for pictures of the same bytes");
  v.field("looks", c.looks, "look for pictures that look the same");
  v.field("hash_distance", c.hash_distance, between(0, 11),
          "bits of 64 by which the hashes of pictures may differ that are then compared");
  v.field("correlation", c.correlation, between(0.1, 1),
          "pictures correlated at least so much in their details are the same");
  v.field("mirrored", c.mirrored, "look for mirrored pictures, too");
  v.field("words", c.words, between(5, 100),
          "so many consecutive words of a benchmark are a leak (13 since GPT-3)");
  v.field("short_words", c.short_words, between(0, 100),
          "shorter texts of a benchmark are a leak as a whole from so many words on; 0: never");
  v.field("common", c.common, at_least(1),
          "words that more texts of the benchmarks share are a phrase and no leak");
  v.field("remove_text", c.remove_text, one_of({"sentences", "documents", "nothing"}),
          "what of a document goes; nothing: leaks are only reported");
  v.field("shown", c.shown, between(0, 1000), "examples of each kind in the table");
  v.field("max_bad_share", c.max_bad_share, fraction(),
          "stop when more than this share of the pictures cannot be read");
}

}  // namespace unimo::stages
