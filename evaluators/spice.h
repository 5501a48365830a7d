// How much of what the references say a caption says: F1 over the tuples of scene graphs, in the
// manner of SPICE (Anderson et al. 2016), on the captions as they were written.
//
// It is not the official program: captions are parsed by the rules of scene_graph/, not by
// Stanford's Java parser, so values differ from published ones and compare only among themselves.
// The tuples are those of the paper: (object), (object, attribute), (subject, relation, object). As
// in its figure 1 a verb with a preposition gives two, "girl standing on a court" (girl, stand) and
// (girl, on, court), and a compound is a noun with attributes, (racket), (racket, tennis).
//
// A tuple counts as found when the other side has one of the same length whose words are pairwise
// equal or, with WordNet, share a synset. The other side of a caption is the union of the tuples of
// all references; equal ones are one. Precision is the share of the caption's tuples that are
// found, recall that of the references'; F is 0 when nothing is found.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "evaluators/ngrams.h"
#include "evaluators/scene_graph/scene_graph.h"

namespace unimo::eval {

// kAttribute has colours, counts and sizes too.
enum class SpiceCategory { kAll, kObject, kAttribute, kRelation, kColour, kCount, kSize };
constexpr std::size_t kSpiceCategories = 7;

struct TupleScore {
  double precision = 0;
  double recall = 0;
  double f = 0;
  bool present = false;  // caption or references have tuples of this category
  bool operator==(const TupleScore&) const = default;
};

using SpiceScores = std::array<TupleScore, kSpiceCategories>;  // by SpiceCategory

struct Spice {
  double corpus = 0;                                  // 0 to 1: mean F over all images
  std::array<double, kSpiceCategories> categories{};  // mean F where the category is present
  std::vector<SpiceScores> images;                    // in the order of the items
};

// Items hold raw captions, not scorer_text: commas and full stops help the parser. Every item has
// one reference or more. `wordnet` may be null. The result does not depend on `threads`.
Spice spice(std::span<const CaptionItem> items, const WordNet* wordnet = nullptr, int threads = 1);

// "spice_rules|parser:unimo-rules-2|not the Java parser|synonyms:none|…"
std::string spice_signature(std::span<const CaptionItem> items, const WordNet* wordnet = nullptr);

}  // namespace unimo::eval
