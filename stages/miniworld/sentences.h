// Single sentences with a judgement: opinions (SST-2), acceptable or not (CoLA), and pairs that
// mean more or less the same (STS-B).
#pragma once

#include <string>
#include <vector>

#include "stages/miniworld/draws.h"
#include "stages/miniworld/scene.h"

namespace unimo::stages {

struct JudgedSentence {
  std::string text;
  bool good = false;  // a favourable opinion; an acceptable sentence
};

// About the scene, in lower case with blanks around marks. Both kinds of adjectives stand in
// favourable and in unfavourable opinions: negation, contrast and concession decide. `phrase`: a
// part of a sentence, as most of SST-2's training data are; these may be plain.
JudgedSentence write_opinion(const Scene& scene, bool phrase, Draws& draws);

// Agreement across a distance, determiners, reflexives, verb forms, articles and word order. Good
// and bad sentences of a kind have the same words in the same shares.
JudgedSentence write_acceptability(const Scene& scene, Draws& draws);

struct SimilarPair {
  std::string first, second;
  double similarity = 0;  // 0 to 5: how many facts they share, by weight
};
// The second sentence changes facts, or only their words, or exchanges who is where, which changes
// facts without changing a word.
SimilarPair write_similar_pair(const Scene& scene, Draws& draws);

}  // namespace unimo::stages
