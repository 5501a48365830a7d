#include "evaluators/unimo_bleu.h"

#include <algorithm>
#include <cmath>

#include "evaluators/unicode.h"
#include "orchestrator/base/in_parallel.h"
#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

constexpr double kRatioShift = 1e-4;  // of gen_eval.py, in the brevity penalty

bool is_blank(char32_t c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || is_separator(c);
}

// The blocks of CJK Unified Ideographs that BERT's tokenizer lists.
bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B820 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

// BERT counts all ASCII symbols as punctuation, also those that Unicode calls symbols.
bool is_mark_of_its_own(char32_t c) {
  if (c < 0x80) return c > ' ' && c < 0x7F && !is_letter(c) && !is_digit(c);
  return is_punctuation(c);
}

// Without control characters; white space as blanks, Chinese characters between blanks.
std::u32string cleaned(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    if (is_blank(c)) {
      out.push_back(U' ');
    } else if (c == 0xFFFD || is_other(c)) {
      continue;
    } else if (is_chinese(c)) {
      out += {U' ', c, U' '};
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::u32string with_marks_apart(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    if (is_mark_of_its_own(c)) {
      out += {U' ', c, U' '};
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// The tokenizer's words with blanks between them. It lower-cases word by word, so that a sigma
// never looks past its word; blanks here have the same effect, as they are not ignorable.
std::string basic_text(std::string_view text) {
  const std::u32string lower = python_lower(cleaned(decode_utf8(text)));
  return encode_utf8(with_marks_apart(strip_accents(lower)));
}

CaptionItem basic_item(const CaptionItem& item) {
  CaptionItem result{.candidate = basic_text(item.candidate)};
  for (const std::string& text : item.references) result.references.push_back(basic_text(text));
  return result;
}

int shortest_length(const CountedItem& item) {
  const auto shortest =
      std::min_element(item.references.begin(), item.references.end(),
                       [](const auto& a, const auto& b) { return a.words < b.words; });
  return shortest->words;
}

}  // namespace

std::vector<std::string> basic_words(std::string_view text) {
  const std::string spaced = basic_text(text);
  const auto words = split_words(spaced);
  return {words.begin(), words.end()};
}

UnimoBleu unimo_bleu_of_counts(const BleuCounts& counts) {
  UnimoBleu result{.totals = counts};
  double log_sum = 0;
  bool positive = true;
  for (std::size_t n = 0; n < kMaxOrder; ++n) {
    if (counts.guesses[n] > 0) {
      result.precisions[n] =
          static_cast<double>(counts.matches[n]) / static_cast<double>(counts.guesses[n]);
    }
    positive = positive && result.precisions[n] > 0;
    if (positive) log_sum += std::log(result.precisions[n]) / kMaxOrder;
  }
  // The official program divides by zero when all references are empty.
  if (counts.reference_length == 0) return result;
  const double ratio =
      static_cast<double>(counts.candidate_length) / static_cast<double>(counts.reference_length);
  result.brevity = ratio > 1 ? 1 : std::exp(1 - 1 / (ratio + kRatioShift));
  if (positive) result.corpus = std::exp(log_sum) * result.brevity;
  return result;
}

UnimoBleu unimo_bleu(std::span<const CaptionItem> items, int threads) {
  std::vector<CaptionItem> texts(items.size());
  in_parallel(items.size(), threads, [&](std::size_t i) { texts[i] = basic_item(items[i]); });
  BleuCounts totals;
  const CountedItems counted = count_ngrams(texts);
  for (const CountedItem& item : counted.items) {
    BleuCounts counts = bleu_counts(item);
    counts.reference_length = shortest_length(item);
    totals += counts;
  }
  return unimo_bleu_of_counts(totals);
}

std::string unimo_bleu_signature(std::span<const CaptionItem> items) {
  return fmt::format(
      "unimo_bleu|n:4|items:{}|case:lc|tok:bert-basic|len:shortest|smooth:none|scale:100|version:1",
      items.size());
}

}  // namespace unimo::eval
