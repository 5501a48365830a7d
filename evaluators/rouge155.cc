#include "evaluators/rouge155.h"

#include "evaluators/rouge_matcher.h"

namespace unimo::eval {

namespace {

using Triples = std::array<RougeTriple, kRougeMeasures>;
using Counts = std::array<RougeCounts, kRougeMeasures>;

void add(RougeCounts& sum, const RougeCounts& counts) {
  sum.hits += counts.hits;
  sum.reference += counts.reference;
  sum.candidate += counts.candidate;
}

double ratio(long hits, long total) {
  return total == 0 ? 0 : five_decimals(static_cast<double>(hits) / static_cast<double>(total));
}

// F is made of the rounded values, as the program does.
RougeTriple triple(const RougeCounts& counts) {
  RougeTriple result;
  result.recall = ratio(counts.hits, counts.reference);
  result.precision = ratio(counts.hits, counts.candidate);
  const double weighted = 0.5 * result.precision + 0.5 * result.recall;
  if (weighted > 0) result.f = five_decimals(result.precision * result.recall / weighted);
  return result;
}

Triples score(const SummaryItem& item, SummaryReader& reader, RougeMatcher& matcher) {
  const NumberedSummary candidate = reader.read(item.candidate);
  Counts sums;
  for (const std::string& text : item.references) {
    const NumberedSummary reference = reader.read(text);
    add(sums[kRouge1], matcher.words(candidate, reference));
    add(sums[kRouge2], matcher.word_pairs(candidate, reference));
    add(sums[kRougeL], matcher.sentences(candidate, reference));
  }
  return {triple(sums[kRouge1]), triple(sums[kRouge2]), triple(sums[kRougeL])};
}

SummaryReader::Stem stem_of(const Rouge155Options& options) {
  if (!options.stem) return nullptr;
  return [exceptions = options.exceptions](std::string_view word) {
    return rouge_stem(word, exceptions);
  };
}

RougeRow row_of(const Triples& triples) {
  RougeRow row;
  for (std::size_t i = 0; i < kRougeMeasures; ++i) {
    row[3 * i] = triples[i].recall;
    row[3 * i + 1] = triples[i].precision;
    row[3 * i + 2] = triples[i].f;
  }
  return row;
}

std::array<RougeEstimate, kRougeMeasures> averages(const std::vector<Triples>& documents,
                                                   const Rouge155Options& options) {
  std::vector<RougeRow> rows;
  for (const std::size_t i : bootstrap_order(documents.size(), options.order)) {
    rows.push_back(row_of(documents[i]));
  }
  const auto estimates = bootstrap(rows, options.threads);
  std::array<RougeEstimate, kRougeMeasures> corpus;
  for (std::size_t i = 0; i < kRougeMeasures; ++i) {
    corpus[i] = {estimates[3 * i], estimates[3 * i + 1], estimates[3 * i + 2]};
  }
  return corpus;
}

}  // namespace

Result<Rouge155> rouge155(std::span<const SummaryItem> items, const Rouge155Options& options) {
  UNIMO_TRY(check_references(items));
  Rouge155 result;
  result.documents.resize(items.size());
  match_in_groups(items.size(), options.threads, RougeDialect::kPerl, stem_of(options),
                  [&](std::size_t i, SummaryReader& reader, RougeMatcher& matcher) {
                    result.documents[i] = score(items[i], reader, matcher);
                  });
  result.corpus = averages(result.documents, options);
  return result;
}

std::string rouge155_signature(std::span<const SummaryItem> items, const Rouge155Options& options) {
  std::string stem = options.stem ? "porter-1.5.5" : "none";
  if (options.stem && options.exceptions != nullptr) {
    stem += "+exceptions:" + options.exceptions->digest().substr(0, 12);
  }
  return fmt::format(
      "rouge155|n:1-2,L|summaries:{}|refs:{}|stem:{}|f:0.5|average:bootstrap-1000|ci:95|order:{}|"
      "scale:100|version:1",
      items.size(), reference_counts(items), stem, to_string(options.order));
}

}  // namespace unimo::eval
