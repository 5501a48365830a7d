#include "stages/score/score_texts.h"

#include <algorithm>
#include <optional>

#include "evaluators/fix_tokenization.h"
#include "evaluators/generated_text.h"
#include "evaluators/meteor.h"
#include "evaluators/question_generation.h"
#include "evaluators/rouge155.h"
#include "evaluators/rouge_score.h"
#include "evaluators/unimo_bleu.h"
#include "stages/ingest/benchmarks/cnndm.h"
#include "stages/score/measures.h"
#include "stages/score/score_meteor.h"

namespace unimo::stages {

namespace {

constexpr double kAsPrinted = 100;
constexpr const char* kRougeNames[eval::kRougeMeasures] = {"rouge1", "rouge2", "rouge_l"};

constexpr const char* kRougeScore = "rouge_score";

// What a variant does to texts before ROUGE sees them.
struct SummaryVariant {
  std::string name;
  std::optional<eval::SummaryRules> rules;  // CNN/DailyMail; none: texts as they are
  bool headline = false;                    // Gigaword's repairs
};

Result<SummaryVariant> summary_variant(std::string_view benchmark, const std::string& asked) {
  const std::string name = asked.empty() ? "ernie_gen" : asked;
  SummaryVariant variant{.name = name};
  if (name == "plain" || name == kRougeScore) return variant;
  if (name != "ernie_gen" && name != "unilm" && name != "prophetnet") {
    return fail(ErrorCode::kInvalid,
                "variant \"{}\" is not one of {}; take ernie_gen, unilm, prophetnet, plain or "
                "rouge_score",
                name, benchmark);
  }
  if (benchmark == "gigaword") {
    variant.headline = true;
    return variant;
  }
  // Words of the whole summary: UniLM v1, ERNIE-GEN and after it UNIMO, ProphetNet.
  variant.rules = eval::SummaryRules{.max_words = name == "unilm"       ? 70U
                                                  : name == "ernie_gen" ? 100U
                                                                        : 0U};
  return variant;
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

// Summaries with one sentence a line, however the file marks them.
class SentenceBreaker {
 public:
  explicit SentenceBreaker(bool stops) : stops_(stops) {}
  std::string operator()(std::string_view line) {
    if (stops_) return eval::lines_at_end_marks(line);
    const bool has_lines = line.find('\n') != std::string_view::npos;
    auto [sentences, marked] =
        has_lines ? std::pair(std::string(line), true) : sentence_lines(line);
    if (!marked) ++unmarked_;
    return sentences;
  }
  std::int64_t unmarked() const { return unmarked_; }

 private:
  bool stops_;
  std::int64_t unmarked_ = 0;  // texts that are one sentence
};

eval::SummaryItem summary_item(const SummaryVariant& variant, std::string_view predicted,
                               std::string_view reference, SentenceBreaker& breaker) {
  if (variant.headline) {
    return {eval::unilm_rouge_text(eval::gigaword_headline(predicted)),
            {eval::unilm_rouge_text(reference)}};
  }
  if (variant.rules) {
    const auto sentences = eval::summary_sentences(predicted, *variant.rules);
    return {eval::unilm_rouge_text(join_lines(sentences)),
            {eval::unilm_rouge_text(breaker(reference))}};
  }
  return {breaker(predicted), {breaker(reference)}};
}

void add_rouge(const eval::Rouge155& scores, Scored& scored) {
  for (std::size_t m = 0; m < eval::kRougeMeasures; ++m) {
    const std::string name = kRougeNames[m];
    const eval::RougeEstimate& value = scores.corpus[m];
    scored.headline.push_back(name);
    scored.metrics[name] = kAsPrinted * value.f.mean;
    scored.metrics[name + "_low"] = kAsPrinted * value.f.low;
    scored.metrics[name + "_high"] = kAsPrinted * value.f.high;
    scored.metrics[name + "_recall"] = kAsPrinted * value.recall.mean;
    scored.metrics[name + "_precision"] = kAsPrinted * value.precision.mean;
    std::vector<double> f;
    for (std::size_t i = 0; i < scores.documents.size(); ++i) {
      f.push_back(kAsPrinted * scores.documents[i][m].f);
      scored.items[i][name] = f.back();
    }
    add_mean(scored, name, std::move(f));
  }
}

// What the Python package rouge_score prints: another program, under its own names.
Status add_rouge_score(const std::vector<eval::SummaryItem>& items, int threads, Scored& scored) {
  constexpr const char* kNames[eval::kRougeScoreTypes] = {"rouge_score1", "rouge_score2",
                                                          "rouge_score_l", "rouge_score_lsum"};
  const eval::RougeScoreOptions options{.use_stemmer = true, .threads = threads};
  const eval::RougeScore scores = UNIMO_TRY(eval::rouge_score(items, options));
  for (std::size_t type = 0; type < eval::kRougeScoreTypes; ++type) {
    scored.headline.emplace_back(kNames[type]);
    scored.metrics[kNames[type]] = kAsPrinted * scores.corpus[type].fmeasure;
    std::vector<double> f;
    for (std::size_t i = 0; i < scores.documents.size(); ++i) {
      f.push_back(kAsPrinted * scores.documents[i][type].fmeasure);
      scored.items[i][kNames[type]] = f.back();
    }
    add_mean(scored, kNames[type], std::move(f));
  }
  scored.signatures["rouge_score"] = eval::rouge_score_signature(items, options);
  return ok();
}

// ROUGE-1.5.5 with its exception lists, where they are given.
Status add_rouge155(const std::vector<eval::SummaryItem>& items, const SummaryVariant& variant,
                    const TextScoring& options, Scored& scored) {
  std::optional<eval::ExceptionLists> exceptions;
  if (!options.resources.rouge_lists.empty()) {
    exceptions = UNIMO_TRY(eval::ExceptionLists::load(options.resources.rouge_lists));
  } else {
    scored.warnings.push_back(
        "ROUGE without WordNet's exception lists is about 0.3 points lower than published scores; "
        "give them with --resources (docs/scorers.md)");
  }
  const eval::Rouge155Options rouge{.exceptions = exceptions ? &*exceptions : nullptr,
                                    .threads = options.threads};
  const eval::Rouge155 scores = UNIMO_TRY(eval::rouge155(items, rouge));
  add_rouge(scores, scored);
  const std::string rules =
      variant.rules ? "|" + eval::summary_rules_signature(*variant.rules) : std::string();
  scored.signatures["rouge"] =
      fmt::format("{}|variant:{}{}|sentences:{}", eval::rouge155_signature(items, rouge),
                  variant.name, rules, options.rules.sentences);
  return ok();
}

std::string ids_from_lines(std::size_t line) { return fmt::format("{}", line + 1); }

}  // namespace

Result<Scored> score_summaries(std::string_view benchmark,
                               const std::vector<std::string>& predicted,
                               const std::vector<std::string>& references,
                               const TextScoring& options) {
  const auto variant = UNIMO_TRY(summary_variant(benchmark, options.rules.variant));
  SentenceBreaker breaker(options.rules.sentences == "stops");
  Scored scored;
  std::vector<eval::SummaryItem> items;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    items.push_back(summary_item(variant, predicted[i], references[i], breaker));
    scored.item_ids.push_back(ids_from_lines(i));
    scored.items.push_back({{"id", scored.item_ids.back()}, {"scored", items.back().candidate}});
  }
  if (variant.name == kRougeScore) {
    UNIMO_TRY(add_rouge_score(items, options.threads, scored));
  } else {
    UNIMO_TRY(add_rouge155(items, variant, options, scored));
  }
  scored.counts["items"] = static_cast<std::int64_t>(items.size());
  if (benchmark == "cnndm" && breaker.unmarked() > 0) {
    scored.counts["texts.one_sentence"] = breaker.unmarked();
    scored.warnings.push_back(fmt::format(
        "{} texts have no mark between sentences and count as one; ROUGE-L depends on it "
        "(--sentences stops breaks them after . ? !)",
        breaker.unmarked()));
  }
  return scored;
}

Result<Scored> score_generated_questions(const std::vector<std::string>& sources,
                                         const std::vector<std::string>& predicted,
                                         const std::vector<std::string>& references,
                                         const TextScoring& options) {
  const std::string& asked = options.rules.variant;
  eval::QuestionScript script = eval::QuestionScript::kUnilmPieces;
  std::vector<std::string> candidates = predicted;
  if (asked == "official") {
    script = eval::QuestionScript::kNqg;
  } else if (asked == "unilm_original") {
    script = eval::QuestionScript::kUnilmWords;
    for (std::string& text : candidates)
      text = eval::fix_tokenization(text, eval::TokenStyle::kQuestion);
  } else if (!asked.empty() && asked != "unilm" && asked != "ernie_gen") {
    return fail(ErrorCode::kInvalid,
                "variant \"{}\" is not one of squad_qg; take unilm, unilm_original or official",
                asked);
  }
  const auto items = UNIMO_TRY(eval::pool_questions(
      {.sources = sources, .references = references, .predictions = candidates}, script));
  const eval::QuestionScores scores = eval::score_questions(items);
  Scored scored;
  scored.headline = {"bleu4", "rouge_l"};
  for (std::size_t n = 0; n < scores.bleu.corpus.size(); ++n)
    scored.metrics[fmt::format("bleu{}", n + 1)] = kAsPrinted * scores.bleu.corpus[n];
  scored.metrics["rouge_l"] = kAsPrinted * scores.rouge_l.corpus;
  scored.signatures = {{"bleu", eval::question_bleu_signature(items, script)},
                       {"rouge_l", eval::question_rouge_l_signature(items, script)}};
  scored.counts = {{"lines", static_cast<std::int64_t>(predicted.size())},
                   {"items", static_cast<std::int64_t>(items.size())}};
  std::vector<double> rouge_l;
  for (std::size_t i = 0; i < items.size(); ++i) {
    rouge_l.push_back(kAsPrinted * scores.rouge_l.images[i]);
    scored.item_ids.push_back(ids_from_lines(i));
    scored.items.push_back({{"id", scored.item_ids.back()},
                            {"question", items[i].candidate},
                            {"references", items[i].references.size()},
                            {"bleu4", kAsPrinted * scores.bleu.images[i][3]},
                            {"rouge_l", rouge_l.back()}});
  }
  // What UNIMO's own program prints when no evaluation script is set.
  scored.metrics["unimo_bleu4"] = kAsPrinted * eval::unimo_bleu(items, options.threads).corpus;
  scored.signatures["unimo_bleu"] = eval::unimo_bleu_signature(items);
  add_bleu(scored, eval::count_ngrams(items, eval::WordBreak::kAscii));
  add_mean(scored, "rouge_l", std::move(rouge_l));
  UNIMO_TRY(add_meteor(items, options.resources, options.threads, scored));
  return scored;
}

}  // namespace unimo::stages
