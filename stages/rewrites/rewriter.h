// Captions with one word or phrase replaced, so that they are no longer true of their picture.
//
//   ImageRewriter rewriter(vocabulary, candidates, options);       // one a thread
//   for (const CaptionRewrites& caption : rewriter.rewrite(image, readings, number)) …
//
// One node replaced is word level ("a black dog runs"); a noun with its attribute ("a black cat"),
// a preposition with its object ("in a kitchen"), or two nodes that do not belong together, is
// phrase level.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stages/rewrites/node_options.h"

namespace unimo::stages {

struct RewriteOptions {
  std::size_t word_count = 50, phrase_count = 50;  // of each caption, at most; 0: none
  double companion_lift = 4;                       // Rule::kLikelyThere
  std::uint64_t seed = 0;
};

struct Replacement {
  std::size_t node = 0;   // of CaptionRewrites::nodes
  std::string_view text;  // as put in, in lower case; belongs to the vocabulary
};

struct Rewrite {
  std::string text;
  std::array<Replacement, 2> replacements;
  std::size_t replaced = 1;  // how many of these
};

struct RewrittenNode {
  NodeKind kind = NodeKind::kObject;
  eval::Span span;     // bytes of the caption
  eval::Span article;  // "a" or "an" right before it, else empty
};

struct CaptionRewrites {
  std::vector<RewrittenNode> nodes;  // those that a rewrite replaces, and others
  std::vector<Rewrite> words, phrases;
};

// The caption with these nodes replaced, at most two, apart from each other: first letters and
// articles agree again. `mark` is put on both sides of what is new.
std::string replace_nodes(std::string_view caption, std::span<const RewrittenNode> nodes,
                          std::span<const Replacement> replacements, std::string_view mark = {});

// `vocabulary` and `candidates` must outlive it. One thread.
class ImageRewriter {
 public:
  ImageRewriter(const Vocabulary& vocabulary, const Candidates& candidates,
                const RewriteOptions& options)
      : options_(options),
        picture_(vocabulary, candidates, options.companion_lift),
        finder_(vocabulary, candidates),
        vocabulary_(vocabulary) {}

  // `readings` are of the image's captions; all of them and its labels are looked at for each.
  // `number` is that of the first caption in the corpus: what random choices depend on, with the
  // seed.
  std::vector<CaptionRewrites> rewrite(const ImageCaptions& image,
                                       std::span<const CaptionReading> readings,
                                       std::uint64_t number);

  const RuleCounts& refused() const { return finder_.refused(); }

 private:
  CaptionRewrites rewrite_caption(std::string_view caption, const CaptionReading& reading,
                                  std::uint64_t number);

  RewriteOptions options_;
  PictureWords picture_;
  OptionFinder finder_;
  const Vocabulary& vocabulary_;
};

}  // namespace unimo::stages
