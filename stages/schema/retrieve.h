// Parameters of retrieve: what is near a caption or its picture (docs/retrieval.md).
//
// inputs: captions (many records artifacts with images and captions), regions (optional, many
//         regions artifacts: the image collection, the captions' own pictures among them), texts
//         (optional, many records artifacts with texts or documents: the text corpora), exclude
//         (optional, many text files with one image id a line), exclude_texts (optional, many:
//         exclude_texts.txt of decontaminate)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

struct RelatedImagesParams {
  bool enabled = true;
  std::int64_t count = 100;
  std::string weight = "largest";
  double min_probability = 0.1;
  double duplicate = 0.95;
  std::int64_t reranked = 0;
  std::vector<std::string> ignored_classes = {"__background__", "background"};
};
template <class V>
void visit(V& v, RelatedImagesParams& c) {
  v.field("enabled", c.enabled, "find related images; needs the input regions");
  v.field("count", c.count, between(1, 10'000),
          "kept for each caption at most (100 in UNIMO's pre-training)");
  v.field("weight", c.weight, one_of({"largest", "sum"}),
          "what several regions of one class weigh: the surest, or all together");
  v.field("min_probability", c.min_probability, fraction(), "guesses below do not count");
  v.field("duplicate", c.duplicate, between(0.1, 1),
          "a picture whose objects overlap more than this is the same picture, so it is left out");
  v.field("reranked", c.reranked, between(0, 100'000),
          "so many pictures with the most overlap are ordered anew by the cosine of their mean "
          "features; 0: none; takes 2 bytes a feature and picture of memory");
  v.field("ignored_classes", c.ignored_classes, "names of classes that are no objects");
}

struct RelatedTextsParams {
  bool enabled = true;
  std::int64_t count = 100;
  std::string scheme = "bm25";
  double k1 = 1.5;
  double b = 0.75;
  double duplicate = 0.9;
  std::int64_t min_words = 4;
  std::int64_t max_words = 60;
  std::int64_t max_sentences = 5'000'000;
};
template <class V>
void visit(V& v, RelatedTextsParams& c) {
  v.field("enabled", c.enabled, "find related sentences; needs the input texts");
  v.field("count", c.count, between(1, 10'000),
          "kept for each caption at most (100 in UNIMO's pre-training)");
  v.field("scheme", c.scheme, one_of({"bm25", "tfidf"}), "what likeness of words is measured by");
  v.field("k1", c.k1, between(0, 100), "bm25: how soon more of a word count less");
  v.field("b", c.b, fraction(), "bm25: how much long sentences are held back");
  v.field("duplicate", c.duplicate, between(0.1, 1),
          "a sentence more alike than this (cosine of TF-IDF) says the same, so it is left out");
  v.field("min_words", c.min_words, between(1, 1000), "shorter sentences are left out");
  v.field("max_words", c.max_words, between(1, 100'000), "longer ones, too");
  v.field("max_sentences", c.max_sentences, between(1, 1'000'000'000),
          "different sentences to search in; where there are more, about this many are drawn");
}

struct RelatedCaptionsParams {
  bool enabled = false;
  std::int64_t count = 100;
  std::string scheme = "tfidf";
  double duplicate = 0.9;
};
template <class V>
void visit(V& v, RelatedCaptionsParams& c) {
  v.field("enabled", c.enabled,
          "find captions of other images, for neighbours.jsonl; pack finds its negatives itself");
  v.field("count", c.count, between(1, 10'000), "kept for each caption at most");
  v.field("scheme", c.scheme, one_of({"bm25", "tfidf"}), "what likeness of words is measured by");
  v.field("duplicate", c.duplicate, between(0.1, 1), "captions more alike say the same");
}

struct RetrieveParams {
  RelatedImagesParams images;
  RelatedTextsParams texts;
  RelatedCaptionsParams sentences;
  std::vector<std::string> splits = {"train", "restval"};
};
template <class V>
void visit(V& v, RetrieveParams& c) {
  v.field("images", c.images, "related images: pictures that show the same objects");
  v.field("texts", c.texts, "related texts: sentences of the text corpora");
  v.field("sentences", c.sentences, "related captions");
  v.field("splits", c.splits,
          "splits whose captions are looked up, and what may be found for them");
}

}  // namespace unimo::stages
