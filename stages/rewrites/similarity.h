// Which objects captions speak of alike: cosine of their contexts, weighted by positive pointwise
// mutual information (Church and Hanks 1990; as word vectors: Bullinaria and Levy 2007).
#pragma once

#include <vector>

#include "stages/rewrites/vocabulary.h"

namespace unimo::stages {

struct Similar {
  WordId word = 0;
  float cosine = 0;
};

// By object, the nearest others, nearest first, at most `most`.
std::vector<std::vector<Similar>> similar_objects(const Vocabulary& vocabulary, std::size_t most,
                                                  int threads);

}  // namespace unimo::stages
