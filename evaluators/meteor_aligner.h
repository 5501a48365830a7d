// Which of the possible matches METEOR takes: no word twice, as many words as possible, in few
// chunks. A beam search over the positions of the reference, with the official program's oddities.
//
// Source: METEOR 1.5's Aligner, `resolve`. Beam 40; matches that are the only option of all their
// words are fixed beforehand. The oddities: covered words are whole numbers, and a match adds its
// length times 1.0 (exact) or 0.5, cut to a whole number, so a synonym adds nothing; and the
// distance of a match that is tried is added to the path it is tried on instead of to its own.
#pragma once

#include <span>
#include <vector>

#include "evaluators/meteor_matcher.h"

namespace unimo::eval {

struct MeteorAlignment {
  std::vector<MeteorMatch> matches;  // by reference position, none overlapping
  int chunks = 0;                    // runs that are contiguous and in order on both sides
};

// `matches` come from a MeteorMatcher for texts of so many words.
MeteorAlignment align_meteor(std::span<const MeteorMatch> matches,
                             std::span<const MeteorModule> modules, std::size_t hypothesis_words,
                             std::size_t reference_words);

}  // namespace unimo::eval
