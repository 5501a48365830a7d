#include "evaluators/answer_overlap.h"

#include <algorithm>
#include <array>

#include "evaluators/rounding.h"
#include "evaluators/unicode.h"
#include "orchestrator/base/in_parallel.h"

namespace unimo::eval {

namespace {

struct Source {
  std::string_view name;
  std::string_view domain;
};

// In the order of the official report. The last two are out of domain: only the hidden test set has
// them.
constexpr std::array<Source, 7> kSources = {{{"mctest", "children_stories"},
                                             {"gutenberg", "literature"},
                                             {"race", "mid-high_school"},
                                             {"cnn", "news"},
                                             {"wikipedia", "wikipedia"},
                                             {"reddit", "reddit"},
                                             {"science", "science"}}};
constexpr std::size_t kInDomain = 5;

struct Words {
  std::vector<std::string> ordered;
  std::vector<std::string> sorted;  // so that two answers are compared in one pass
};

Words words_of(std::string_view answer) {
  Words words{answer_words(answer), {}};
  words.sorted = words.ordered;
  std::sort(words.sorted.begin(), words.sorted.end());
  return words;
}

std::size_t shared_words(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::size_t shared = 0;
  for (auto left = a.begin(), right = b.begin(); left != a.end() && right != b.end();) {
    if (*left == *right) {
      ++shared;
      ++left;
      ++right;
    } else if (*left < *right) {
      ++left;
    } else {
      ++right;
    }
  }
  return shared;
}

AnswerScore score(const Words& gold, const Words& answer) {
  AnswerScore result;
  result.em = gold.ordered == answer.ordered ? 1 : 0;
  if (gold.ordered.empty() || answer.ordered.empty()) {
    result.f1 = result.em;
    return result;
  }
  const auto shared = static_cast<double>(shared_words(gold.sorted, answer.sorted));
  if (shared == 0) return result;
  const double precision = shared / static_cast<double>(answer.ordered.size());
  const double recall = shared / static_cast<double>(gold.ordered.size());
  result.f1 = (2 * precision * recall) / (precision + recall);
  return result;
}

// For each reference the best score of the others; of a single one, its own.
AnswerScore mean_of_best(const std::vector<AnswerScore>& scores) {
  AnswerScore sum;
  for (std::size_t left_out = 0; left_out < scores.size(); ++left_out) {
    AnswerScore best;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (i == left_out && scores.size() > 1) continue;
      best.em = std::max(best.em, scores[i].em);
      best.f1 = std::max(best.f1, scores[i].f1);
    }
    sum.em += best.em;
    sum.f1 += best.f1;
  }
  const auto count = static_cast<double>(scores.size());
  return {sum.em / count, sum.f1 / count};
}

std::vector<Words> reference_words(const CoqaTurn& turn) {
  std::vector<Words> references;
  references.reserve(turn.references.size());
  for (const std::string& reference : turn.references) references.push_back(words_of(reference));
  return references;
}

AnswerScore model_score(const CoqaTurn& turn) {
  if (!turn.answer) return {};
  const Words answer = words_of(*turn.answer);
  std::vector<AnswerScore> scores;
  for (const Words& reference : reference_words(turn)) scores.push_back(score(reference, answer));
  return mean_of_best(scores);
}

AnswerScore human_score(const CoqaTurn& turn) {
  const std::vector<Words> references = reference_words(turn);
  AnswerScore sum;
  for (std::size_t i = 0; i < references.size(); ++i) {
    AnswerScore best;
    for (std::size_t j = 0; j < references.size(); ++j) {
      if (j == i) continue;
      const AnswerScore pair = score(references[j], references[i]);
      best.em = std::max(best.em, pair.em);
      best.f1 = std::max(best.f1, pair.f1);
    }
    sum.em += best.em;
    sum.f1 += best.f1;
  }
  const auto count = static_cast<double>(references.size());
  return {sum.em / count, sum.f1 / count};
}

std::size_t source_number(std::string_view name) {
  const auto* found = std::find_if(kSources.begin(), kSources.end(),
                                   [&](const Source& source) { return source.name == name; });
  return static_cast<std::size_t>(found - kSources.begin());
}

Status check_turns(std::span<const CoqaTurn> turns, std::size_t references) {
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (source_number(turns[i].source) == kSources.size()) {
      return fail(ErrorCode::kInvalid,
                  "turn {}: CoQA has no source \"{}\"; it has mctest, gutenberg, race, cnn, "
                  "wikipedia, reddit and science",
                  i + 1, turns[i].source);
    }
    if (turns[i].references.size() < references) {
      return fail(ErrorCode::kInvalid, "turn {}: {} reference answers; this score needs {} or more",
                  i + 1, turns[i].references.size(), references);
    }
  }
  return ok();
}

// The sums of a group of turns, before they become a mean.
struct Totals {
  double em = 0;
  double f1 = 0;
  std::size_t turns = 0;
  void add(const Totals& other) {
    em += other.em;
    f1 += other.f1;
    turns += other.turns;
  }
};

CoqaDomain domain(std::string_view name, const Totals& totals) {
  const auto turns = static_cast<double>(std::max<std::size_t>(1, totals.turns));
  CoqaDomain result{.name = std::string(name), .turns = totals.turns};
  result.em = totals.em / turns * 100;
  result.f1 = totals.f1 / turns * 100;
  result.em_printed = round_decimals(result.em, 1);
  result.f1_printed = round_decimals(result.f1, 1);
  return result;
}

std::vector<CoqaDomain> report(std::span<const CoqaTurn> turns,
                               const std::vector<AnswerScore>& scores) {
  std::array<Totals, kSources.size()> of_source;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    of_source[source_number(turns[i].source)].add({scores[i].em, scores[i].f1, 1});
  }
  std::vector<CoqaDomain> domains;
  Totals inside, outside;
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    domains.push_back(domain(kSources[i].domain, of_source[i]));
    (i < kInDomain ? inside : outside).add(of_source[i]);
  }
  domains.push_back(domain("in_domain", inside));
  domains.push_back(domain("out_domain", outside));
  inside.add(outside);
  domains.push_back(domain("overall", inside));
  return domains;
}

template <class Score>
Coqa score_turns(std::span<const CoqaTurn> turns, int threads, const Score& turn_score) {
  Coqa result;
  result.turns.resize(turns.size());
  in_parallel(turns.size(), threads,
              [&](std::size_t i) { result.turns[i] = turn_score(turns[i]); });
  result.domains = report(turns, result.turns);
  return result;
}

bool is_ascii_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

bool is_article(std::u32string_view word) {
  return word == U"a" || word == U"an" || word == U"the";
}

// Articles between word boundaries become a blank: "the—end" loses its article, "theend" does not.
std::u32string without_articles(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && is_python_word(text[end])) ++end;
    const auto word = text.substr(begin, end - begin);
    if (is_article(word)) {
      out.push_back(U' ');
    } else {
      out += word;
    }
    if (end < text.size()) out.push_back(text[end++]);
    begin = end;
  }
  return out;
}

std::string signature(std::string_view name, std::span<const CoqaTurn> turns) {
  std::size_t least = turns.empty() ? 0 : turns.front().references.size();
  std::size_t most = least;
  for (const CoqaTurn& turn : turns) {
    least = std::min(least, turn.references.size());
    most = std::max(most, turn.references.size());
  }
  const std::string references =
      least == most ? fmt::format("{}", least) : fmt::format("{}-{}", least, most);
  return fmt::format(
      "{}|turns:{}|refs:{}|rule:leave one out|case:lc|punct:dropped|"
      "articles:dropped|scale:100|version:1",
      name, turns.size(), references);
}

}  // namespace

std::vector<std::string> answer_words(std::string_view answer) {
  std::u32string text = python_lower(decode_utf8(answer));
  text.erase(std::remove_if(text.begin(), text.end(), is_ascii_punctuation), text.end());
  text = without_articles(text);
  std::vector<std::string> words;
  for (auto at = text.begin(); at != text.end();) {
    const auto begin = std::find_if_not(at, text.end(), is_python_space);
    at = std::find_if(begin, text.end(), is_python_space);
    if (begin != at) words.push_back(encode_utf8({begin, at}));
  }
  return words;
}

AnswerScore answer_score(std::string_view gold, std::string_view answer) {
  return score(words_of(gold), words_of(answer));
}

Result<Coqa> coqa(std::span<const CoqaTurn> turns, int threads) {
  UNIMO_TRY(check_turns(turns, 1));
  return score_turns(turns, threads, model_score);
}

Result<Coqa> coqa_human(std::span<const CoqaTurn> turns, int threads) {
  UNIMO_TRY(check_turns(turns, 2));
  return score_turns(turns, threads, human_score);
}

std::string coqa_em_signature(std::span<const CoqaTurn> turns) {
  return signature("coqa_em", turns);
}

std::string coqa_f1_signature(std::span<const CoqaTurn> turns) {
  return signature("coqa_f1", turns);
}

}  // namespace unimo::eval
