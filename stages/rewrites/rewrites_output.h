// What the stage rewrites writes: "Rewrites" of docs/formats.md.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "orchestrator/base/json.h"
#include "stages/rewrites/rewriter.h"

namespace unimo::stages {

// Counts of what was written; they add up.
struct RewriteCounts {
  std::int64_t captions = 0, without_rewrites = 0;
  std::int64_t words = 0, phrases = 0;
  std::int64_t full_words = 0, full_phrases = 0;  // captions with all that were asked for
  std::array<std::int64_t, 5> replaced{};         // nodes, by NodeKind

  void add(const CaptionRewrites& rewrites, const RewriteOptions& options);
  void add(const RewriteCounts& other);
};

struct RewrittenCaption {
  std::string_view image;
  const CaptionText& caption;
  const CaptionReading& reading;
  const CaptionRewrites& rewrites;
};

// Lines of contrasts.jsonl and rewrites.jsonl about one caption; nothing without rewrites.
void append_contrast_line(std::string& text, std::string_view id, const CaptionRewrites& rewrites);
void append_rewrite_line(std::string& text, const RewrittenCaption& of);

Json vocabulary_json(const Vocabulary& vocabulary);
Json statistics_json(const Vocabulary& vocabulary, const RewriteCounts& counts,
                     const RuleCounts& refused);

// Text in JSON's quotes; it is UTF-8.
void append_json_text(std::string& json, std::string_view text);

}  // namespace unimo::stages
