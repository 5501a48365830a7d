#include "evaluators/rouge_score.h"

#include <algorithm>

#include "evaluators/nltk_stemmer.h"
#include "evaluators/rouge_matcher.h"

namespace unimo::eval {

namespace {

constexpr std::size_t kShortWord = 3;

std::string stem(std::string_view word) {
  return word.size() > kShortWord ? nltk_stem(word) : std::string(word);
}

RougeScoreValue value(const RougeCounts& counts) {
  RougeScoreValue result;
  const auto hits = static_cast<double>(counts.hits);
  result.precision = hits / static_cast<double>(std::max(counts.candidate, 1L));
  result.recall = hits / static_cast<double>(std::max(counts.reference, 1L));
  const double sum = result.precision + result.recall;
  if (sum > 0) result.fmeasure = 2 * result.precision * result.recall / sum;
  return result;
}

RougeScoreValues compare(const NumberedSummary& candidate, const NumberedSummary& reference,
                         RougeMatcher& matcher) {
  return {value(matcher.words(candidate, reference)),
          value(matcher.word_pairs(candidate, reference)),
          value(matcher.sequence(candidate, reference)),
          value(matcher.sentences(candidate, reference))};
}

RougeScoreValues score(const SummaryItem& item, SummaryReader& reader, RougeMatcher& matcher) {
  const NumberedSummary candidate = reader.read(item.candidate);
  RougeScoreValues best = compare(candidate, reader.read(item.references.front()), matcher);
  for (std::size_t i = 1; i < item.references.size(); ++i) {
    const RougeScoreValues values = compare(candidate, reader.read(item.references[i]), matcher);
    for (std::size_t type = 0; type < kRougeScoreTypes; ++type) {
      if (values[type].fmeasure > best[type].fmeasure) best[type] = values[type];
    }
  }
  return best;
}

RougeScoreValues mean(const std::vector<RougeScoreValues>& documents) {
  RougeScoreValues sums;
  for (const RougeScoreValues& values : documents) {
    for (std::size_t type = 0; type < kRougeScoreTypes; ++type) {
      sums[type].precision += values[type].precision;
      sums[type].recall += values[type].recall;
      sums[type].fmeasure += values[type].fmeasure;
    }
  }
  const auto count = static_cast<double>(std::max<std::size_t>(documents.size(), 1));
  for (RougeScoreValue& sum : sums) {
    sum = {sum.precision / count, sum.recall / count, sum.fmeasure / count};
  }
  return sums;
}

}  // namespace

Result<RougeScore> rouge_score(std::span<const SummaryItem> items,
                               const RougeScoreOptions& options) {
  UNIMO_TRY(check_references(items));
  RougeScore result;
  result.documents.resize(items.size());
  match_in_groups(items.size(), options.threads, RougeDialect::kPython,
                  options.use_stemmer ? &stem : SummaryReader::Stem(),
                  [&](std::size_t i, SummaryReader& reader, RougeMatcher& matcher) {
                    result.documents[i] = score(items[i], reader, matcher);
                  });
  result.corpus = mean(result.documents);
  return result;
}

std::string rouge_score_signature(std::span<const SummaryItem> items,
                                  const RougeScoreOptions& options) {
  return fmt::format(
      "rouge_score|like:0.1.2|n:1-2,L,Lsum|summaries:{}|refs:{}|stem:{}|scale:100|version:1",
      items.size(), reference_counts(items), options.use_stemmer ? "porter-nltk" : "none");
}

}  // namespace unimo::eval
