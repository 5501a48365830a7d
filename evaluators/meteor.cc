#include "evaluators/meteor.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <unordered_map>

#include "evaluators/evaluator.h"
#include "evaluators/meteor_aligner.h"
#include "orchestrator/base/in_parallel.h"

namespace unimo::eval {

namespace {

using Words = std::vector<WordNumber>;

struct Segment {
  Words hypothesis;
  std::vector<Words> references;
};

// Java's String.trim().
std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split_at_bars(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t bar = text.find("|||"); bar != std::string_view::npos; bar = text.find("|||")) {
    parts.push_back(text.substr(0, bar));
    text.remove_prefix(bar + 3);
  }
  parts.push_back(text);
  return parts;
}

std::string normalized_candidate(std::string_view text, const NonbreakingPrefixes& prefixes) {
  std::string joined;
  for (const std::string_view part : split_at_bars(text)) joined += part;
  return meteor_normalized(trimmed(joined), prefixes);
}

struct NormalizedItem {
  std::string hypothesis;
  std::vector<std::string> references;
};

NormalizedItem normalized(const CaptionItem& item, const NonbreakingPrefixes& prefixes) {
  NormalizedItem result;
  result.hypothesis = normalized_candidate(item.candidate, prefixes);
  for (const std::string& text : item.references) {
    for (const std::string_view part : split_at_bars(text)) {
      result.references.push_back(meteor_normalized(trimmed(part), prefixes));
    }
  }
  return result;
}

// Every distinct word once: looking one up costs far more than matching it.
class Vocabulary {
 public:
  Words numbers(std::string_view text) {
    Words words;
    for_each_java_word(text, [&](std::string_view word) { words.push_back(number(word)); });
    return words;
  }
  std::vector<MeteorWord> looked_up(const MeteorResources& resources, int threads) const {
    std::vector<MeteorWord> words(texts_.size());
    in_parallel(words.size(), threads,
                [&](std::size_t i) { words[i] = meteor_word(*texts_[i], resources); });
    return words;
  }

 private:
  WordNumber number(std::string_view word) {
    const auto found = numbers_.find(word);
    if (found != numbers_.end()) return found->second;
    const auto added = numbers_.emplace(word, static_cast<WordNumber>(texts_.size())).first;
    texts_.push_back(&added->first);
    return added->second;
  }
  std::unordered_map<std::string, WordNumber, TextHash, std::equal_to<>> numbers_;
  std::vector<const std::string*> texts_;
};

MeteorStatistics statistics_of(std::span<const MeteorWord> words, const Words& hypothesis,
                               const Words& reference, const MeteorAlignment& alignment) {
  const auto is_function = [&](WordNumber number) { return words[number].is_function_word; };
  // Function words of a stretch; the rest is content.
  const auto functions = [&](const Words& text, int begin, int length) {
    const auto first = text.begin() + begin;
    return static_cast<long>(std::count_if(first, first + length, is_function));
  };
  MeteorStatistics s;
  s.hypothesis_words = std::ssize(hypothesis);
  s.reference_words = std::ssize(reference);
  s.hypothesis_function_words = functions(hypothesis, 0, static_cast<int>(hypothesis.size()));
  s.reference_function_words = functions(reference, 0, static_cast<int>(reference.size()));
  for (const MeteorMatch& m : alignment.matches) {
    auto& matched = s.modules[static_cast<std::size_t>(m.module)];
    const long ours = functions(hypothesis, m.hypothesis_start, m.hypothesis_length);
    const long theirs = functions(reference, m.start, m.length);
    matched.hypothesis_function += ours;
    matched.reference_function += theirs;
    matched.hypothesis_content += m.hypothesis_length - ours;
    matched.reference_content += m.length - theirs;
    s.hypothesis_matches += m.hypothesis_length;
    s.reference_matches += m.length;
  }
  s.chunks = alignment.chunks;
  return s;
}

bool is_perfect(const MeteorStatistics& s) {
  return s.hypothesis_matches == s.hypothesis_words && s.reference_matches == s.reference_words &&
         s.chunks == 1;
}

class Scorer {
 public:
  Scorer(const std::vector<MeteorWord>& words, const MeteorResources& resources,
         const MeteorOptions& options)
      : words_(words),
        table_(resources.paraphrases ? &*resources.paraphrases : nullptr),
        options_(options) {}

  // With the best reference; nothing when the segment is too large to search.
  std::optional<MeteorStatistics> score(const Segment& segment) const {
    if (segment.hypothesis.size() > kMostMeteorWords) return std::nullopt;
    const MeteorMatcher matcher(words_, table_, segment.hypothesis);
    MeteorStatistics best;
    double best_score = -1;
    for (const Words& reference : segment.references) {
      const auto statistics = against(matcher, segment.hypothesis, reference);
      if (!statistics) return std::nullopt;
      const double score = meteor_score(*statistics, options_);
      if (score > best_score) {
        best = *statistics;
        best_score = score;
      }
    }
    return best;
  }

 private:
  std::optional<MeteorStatistics> against(const MeteorMatcher& matcher, const Words& hypothesis,
                                          const Words& reference) const {
    if (reference.size() > kMostMeteorWords) return std::nullopt;
    std::span<const MeteorModule> modules = options_.modules;
    // Of identical sentences the official program matches equal words only, lest the beam loses
    // them.
    const bool identical =
        std::equal(hypothesis.begin(), hypothesis.end(), reference.begin(), reference.end(),
                   [&](WordNumber a, WordNumber b) { return words_[a].hash == words_[b].hash; });
    if (identical) modules = modules.first(1);
    const auto matches = matcher.matches(reference, modules);
    if (matches.size() > kMostMeteorMatches) return std::nullopt;
    const auto alignment = align_meteor(matches, modules, hypothesis.size(), reference.size());
    return statistics_of(words_, hypothesis, reference, alignment);
  }

  std::span<const MeteorWord> words_;
  const ParaphraseTable* table_;
  const MeteorOptions& options_;
};

// Without paraphrases where there is no table of them.
Result<MeteorOptions> usable(MeteorOptions options, const MeteorResources& resources) {
  if (options.modules.empty() || options.modules.size() > kMeteorModules ||
      options.weights.size() != options.modules.size()) {
    return fail(
        ErrorCode::kInvalid,
        "METEOR has {} modules and {} weights; it takes 1 to {} modules, each with a weight",
        options.modules.size(), options.weights.size(), kMeteorModules);
  }
  if (resources.paraphrases) return options;
  for (std::size_t i = options.modules.size(); i-- > 0;) {
    if (options.modules[i] != MeteorModule::kParaphrase) continue;
    options.modules.erase(options.modules.begin() + static_cast<std::ptrdiff_t>(i));
    options.weights.erase(options.weights.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (options.modules.empty()) {
    return fail(ErrorCode::kInvalid,
                "METEOR by paraphrases alone needs the table paraphrase-en.gz; there is none");
  }
  return options;
}

std::vector<Segment> segments_of(std::span<const CaptionItem> items,
                                 const NonbreakingPrefixes& prefixes, int threads,
                                 Vocabulary& vocabulary) {
  std::vector<NormalizedItem> texts(items.size());
  in_parallel(items.size(), threads,
              [&](std::size_t i) { texts[i] = normalized(items[i], prefixes); });
  std::vector<Segment> segments(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    segments[i].hypothesis = vocabulary.numbers(texts[i].hypothesis);
    for (const std::string& text : texts[i].references) {
      segments[i].references.push_back(vocabulary.numbers(text));
    }
  }
  return segments;
}

std::string_view name_of(MeteorModule module) {
  switch (module) {
    case MeteorModule::kExact: return "exact";
    case MeteorModule::kStem: return "stem";
    case MeteorModule::kSynonym: return "synonym";
    case MeteorModule::kParaphrase: return "paraphrase";
  }
  return "";
}

std::string short_digest(const std::string& digest) { return digest.substr(0, 12); }

}  // namespace

std::string to_line(const MeteorStatistics& s) {
  std::string line = fmt::format("{}.0 {}.0 {}.0 {}.0", s.hypothesis_words, s.reference_words,
                                 s.hypothesis_function_words, s.reference_function_words);
  for (const auto& m : s.modules) {
    line += fmt::format(" {}.0 {}.0 {}.0 {}.0", m.hypothesis_content, m.reference_content,
                        m.hypothesis_function, m.reference_function);
  }
  return line + fmt::format(" {}.0 {}.0 {}.0", s.chunks, s.hypothesis_matches, s.reference_matches);
}

double meteor_score(const MeteorStatistics& s, const MeteorOptions& options) {
  const double delta = options.delta;
  const auto weighted = [&](long content, long function) {
    return delta * static_cast<double>(content) + (1.0 - delta) * static_cast<double>(function);
  };
  double hypothesis = 0;  // weighted matches; content words first, so that sums round as officially
  double reference = 0;
  const std::size_t modules = std::min(options.weights.size(), kMeteorModules);
  for (std::size_t i = 0; i < modules; ++i) {
    const double weight = options.weights[i];
    hypothesis += static_cast<double>(s.modules[i].hypothesis_content) * weight * delta;
    reference += static_cast<double>(s.modules[i].reference_content) * weight * delta;
  }
  for (std::size_t i = 0; i < modules; ++i) {
    const double weight = options.weights[i];
    hypothesis += static_cast<double>(s.modules[i].hypothesis_function) * weight * (1.0 - delta);
    reference += static_cast<double>(s.modules[i].reference_function) * weight * (1.0 - delta);
  }
  const long content = s.hypothesis_words - s.hypothesis_function_words;
  const long reference_content = s.reference_words - s.reference_function_words;
  const double precision = hypothesis / weighted(content, s.hypothesis_function_words);
  const double recall = reference / weighted(reference_content, s.reference_function_words);
  const double mean = 1.0 / ((1.0 - options.alpha) / precision + options.alpha / recall);
  const double matched = static_cast<double>(s.hypothesis_matches + s.reference_matches) / 2;
  const double fragmentation = is_perfect(s) ? 0 : static_cast<double>(s.chunks) / matched;
  const double score = mean * (1.0 - options.gamma * std::pow(fragmentation, options.beta));
  return std::isnan(score) ? 0 : std::max(score, 0.0);
}

void add_to(MeteorStatistics& sum, const MeteorStatistics& segment) {
  sum.hypothesis_words += segment.hypothesis_words;
  sum.reference_words += segment.reference_words;
  sum.hypothesis_function_words += segment.hypothesis_function_words;
  sum.reference_function_words += segment.reference_function_words;
  for (std::size_t i = 0; i < kMeteorModules; ++i) {
    sum.modules[i].hypothesis_content += segment.modules[i].hypothesis_content;
    sum.modules[i].reference_content += segment.modules[i].reference_content;
    sum.modules[i].hypothesis_function += segment.modules[i].hypothesis_function;
    sum.modules[i].reference_function += segment.modules[i].reference_function;
  }
  if (!is_perfect(segment)) sum.chunks += segment.chunks;
  sum.hypothesis_matches += segment.hypothesis_matches;
  sum.reference_matches += segment.reference_matches;
}

Result<Meteor> meteor(std::span<const CaptionItem> items, const MeteorResources& resources,
                      const MeteorOptions& options, int threads) {
  const MeteorOptions used = UNIMO_TRY(usable(options, resources));
  for (const CaptionItem& item : items) {
    UNIMO_CHECK(!item.references.empty(), "a text without references reached METEOR");
  }
  Vocabulary vocabulary;
  const auto segments = segments_of(items, resources.prefixes, threads, vocabulary);
  const auto words = vocabulary.looked_up(resources, threads);
  const Scorer scorer(words, resources, used);
  std::vector<std::optional<MeteorStatistics>> scored(items.size());
  in_parallel(items.size(), threads, [&](std::size_t i) { scored[i] = scorer.score(segments[i]); });
  Meteor result;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!scored[i]) {
      return fail(ErrorCode::kInvalid,
                  "METEOR: item {} is too long or too repetitive to align ({} words; at most {} "
                  "words a text and {} possible matches); is it one sentence?",
                  i + 1, segments[i].hypothesis.size(), kMostMeteorWords, kMostMeteorMatches);
    }
    add_to(result.totals, *scored[i]);
    result.segments.push_back(meteor_score(*scored[i], used));
    result.statistics.push_back(*scored[i]);
  }
  result.corpus = meteor_score(result.totals, used);
  return result;
}

std::string meteor_signature(std::span<const CaptionItem> items, const MeteorResources& resources,
                             const MeteorOptions& options) {
  std::string modules;
  for (std::size_t i = 0; i < std::min(options.modules.size(), options.weights.size()); ++i) {
    if (options.modules[i] == MeteorModule::kParaphrase && !resources.paraphrases) continue;
    modules += fmt::format("{}{}*{}", modules.empty() ? "" : "+", name_of(options.modules[i]),
                           options.weights[i]);
  }
  return fmt::format(
      "meteor-1.5|lang:en|norm|modules:{}|abgd:{},{},{},{}|beam:40|items:{}|refs:{}|synsets:{}|"
      "exceptions:{}|function:{}|prefixes:{}|paraphrases:{}|scale:100|version:1",
      modules, options.alpha, options.beta, options.gamma, options.delta, items.size(),
      reference_counts(items), short_digest(resources.synonyms.synsets_digest()),
      short_digest(resources.synonyms.exceptions_digest()),
      short_digest(resources.function_words.digest), short_digest(resources.prefixes.digest),
      resources.paraphrases ? short_digest(resources.paraphrases->digest()) : "none");
}

}  // namespace unimo::eval
