#include "evaluators/generated_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <unordered_set>
#include <utility>

#include "evaluators/fix_tokenization.h"
#include "evaluators/ngrams.h"
#include "evaluators/unicode.h"

namespace unimo::eval {

namespace {

constexpr std::string_view kSentenceMark = "[X_SEP]";
constexpr std::size_t kFewWords = 4;

using Replacement = std::pair<std::string_view, std::string_view>;

// Every occurrence from left to right, as Python's str.replace().
std::string replace_all(std::string_view text, const Replacement& replacement) {
  std::string result;
  while (true) {
    const std::size_t found = text.find(replacement.first);
    if (found == std::string_view::npos) return result += text;
    result += text.substr(0, found);
    result += replacement.second;
    text.remove_prefix(found + replacement.first.size());
  }
}

// Python's str.strip().
std::string_view strip(std::string_view text) {
  const auto words = split_words(text);
  if (words.empty()) return {};
  return {words.front().data(), words.back().data() + words.back().size()};
}

std::string join(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

std::unordered_set<std::string> distinct_words(std::string_view sentence) {
  const std::string lower = encode_utf8(to_lower(decode_utf8(sentence)));
  std::unordered_set<std::string> words;
  for (const std::string_view word : split_words(lower)) words.emplace(word);
  return words;
}

std::vector<std::string> without_duplicates(std::vector<std::string> sentences, double rate) {
  std::vector<std::string> kept;
  std::unordered_set<std::string> history;
  for (std::string& sentence : sentences) {
    const auto words = distinct_words(sentence);
    const auto known = std::count_if(words.begin(), words.end(), [&](const std::string& word) {
      return history.contains(word);
    });
    if (static_cast<double>(known) / static_cast<double>(words.size()) <= rate) {
      kept.push_back(std::move(sentence));
    }
    history.insert(words.begin(), words.end());
  }
  return kept;
}

std::vector<std::string> first_words(const std::vector<std::string>& sentences, std::size_t limit) {
  std::vector<std::string> kept;
  for (const std::string& sentence : sentences) {
    const auto words = split_words(sentence);
    const std::size_t count = std::min(words.size(), limit);
    kept.push_back(join(std::span(words).first(count)));
    limit -= count;
    if (limit == 0) break;
  }
  return kept;
}

}  // namespace

std::vector<std::string> summary_sentences(std::string_view generated, const SummaryRules& rules) {
  std::vector<std::string> sentences;
  // The scripts also ask whether two sentences have an F1 above 1, which none has.
  while (true) {
    const std::size_t end = std::min(generated.find(kSentenceMark), generated.size());
    std::string fixed = fix_tokenization(generated.substr(0, end), TokenStyle::kCnnDailyMail);
    if (split_words(fixed).size() > kFewWords) sentences.push_back(std::move(fixed));
    if (end == generated.size()) break;
    generated.remove_prefix(end + kSentenceMark.size());
  }
  if (rules.duplicate_rate < 1) {
    sentences = without_duplicates(std::move(sentences), rules.duplicate_rate);
  }
  return rules.max_words > 0 ? first_words(sentences, rules.max_words) : sentences;
}

std::string summary_rules_signature(const SummaryRules& rules) {
  return fmt::format("post:unilm|duplicates:{}|words:{}", rules.duplicate_rate, rules.max_words);
}

std::string gigaword_headline(std::string_view generated) {
  std::string headline = fix_tokenization(generated, TokenStyle::kGigaword);
  std::replace(headline.begin(), headline.end(), '1', '#');
  return headline;
}

std::string join_clitics(std::string_view answer) {
  constexpr std::array<Replacement, 4> kClitics = {
      {{" ' s ", " 's "}, {" ' ll ", " 'll "}, {" ' re ", " 're "}, {"n ' t ", " n't "}}};
  std::string text(strip(answer));
  for (const Replacement& clitic : kClitics) text = replace_all(text, clitic);
  return text;
}

std::string join_word_pieces(std::string_view text) {
  std::string joined;
  for (const std::string_view piece : split_words(text)) {
    if (piece.starts_with("##") && !joined.empty()) {
      joined += piece.substr(2);
    } else {
      if (!joined.empty()) joined += ' ';
      joined += piece;
    }
  }
  return joined;
}

std::string unilm_rouge_text(std::string_view summary) {
  constexpr std::array<Replacement, 8> kNames = {{{"-lrb-", "("},
                                                  {"-rrb-", ")"},
                                                  {"-lcb-", "{"},
                                                  {"-rcb-", "}"},
                                                  {"-lsb-", "["},
                                                  {"-rsb-", "]"},
                                                  {"``", "\""},
                                                  {"''", "\""}}};
  const std::string lower = encode_utf8(to_lower(decode_utf8(summary)));
  std::string text;
  for (std::string_view rest = lower; !rest.empty();) {
    const auto name = std::find_if(kNames.begin(), kNames.end(), [&](const Replacement& entry) {
      return rest.starts_with(entry.first);
    });
    text += name != kNames.end() ? name->second : rest.substr(0, 1);
    rest.remove_prefix(name != kNames.end() ? name->first.size() : 1);
  }
  return text;
}

std::string lines_at_end_marks(std::string_view tokens) {
  std::string text;
  for (const std::string_view token : split_words(tokens)) {
    if (!text.empty() && text.back() != '\n') text += ' ';
    text += token;
    if (token == "." || token == "?" || token == "!") text += '\n';
  }
  return text;
}

}  // namespace unimo::eval
