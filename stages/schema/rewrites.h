// Parameters of the stage rewrites.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

struct RewritesParams {
  std::vector<std::string> splits = {"train", "restval"};
  bool word = true;
  bool phrase = true;
  std::int64_t word_count = 50;
  std::int64_t phrase_count = 50;
  std::string sampling = "similarity";
  double power = 0.75;
  std::int64_t choices = 100;
  std::int64_t floor = 5;
  std::int64_t pair_floor = 2;
  std::int64_t most_objects = 10000;
  double together_lift = 1.5;
  double companion_lift = 4;
  std::int64_t shown = 40;
};
template <class V>
void visit(V& v, RewritesParams& c) {
  v.field("splits", c.splits, "splits whose captions are rewritten, and counted for it");
  v.field("word", c.word, "word level: one node replaced");
  v.field("phrase", c.phrase, "phrase level: several words or nodes replaced");
  v.field("word_count", c.word_count, between(0, 1000),
          "rewrites of a caption at word level, at most (UNIMO has 100 of both levels)");
  v.field("phrase_count", c.phrase_count, between(0, 1000), "the same at phrase level");
  v.field("sampling", c.sampling, one_of({"similarity", "frequency"}),
          "which words are put in: what captions speak of alike (hard), or common ones");
  v.field("power", c.power, between(0, 1),
          "of a word's frequency, for its chance; 0: all alike (0.75 since word2vec)");
  v.field("choices", c.choices, between(1, 10000), "different words for each word, at most");
  v.field("floor", c.floor, at_least(1), "words seen less often are not put in");
  v.field("pair_floor", c.pair_floor, at_least(1),
          "words seen side by side less often do not go together");
  v.field("most_objects", c.most_objects, between(1, 100000), "the vocabulary of objects, at most");
  v.field("together_lift", c.together_lift, between(1, 1e6),
          "words that captions of one picture share so many times more often than chance may mean "
          "the same there; neither replaces the other");
  v.field("companion_lift", c.companion_lift, between(1, 1e6),
          "objects that go so much with what a picture's captions say may be there untold; they "
          "are not put in");
  v.field("shown", c.shown, between(0, 10000), "examples in rewrites.md");
}

}  // namespace unimo::stages
