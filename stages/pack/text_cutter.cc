#include "stages/pack/text_cutter.h"

#include <utility>

namespace unimo::stages {

using trainer::TokenId;

CutText TextCutter::cut_text(std::string_view text) {
  Record whole;
  tokenizer_.encode(text, words_, whole.ids);
  keep(whole);
  return std::exchange(cut_, {});
}

CutText TextCutter::cut_document(const DocumentRecord& document, const ExcludedTexts& excluded) {
  for (std::size_t i = 0; i < document.sentences.size(); ++i) {
    if (excluded.has_sentence(document.id, i)) {
      ++cut_.excluded_sentences;
      end_records();
      continue;
    }
    const auto [begin, end] = document.sentences[i];
    add_sentence(std::string_view(document.text).substr(begin, end - begin));
  }
  end_records();
  return std::exchange(cut_, {});
}

void TextCutter::add_sentence(std::string_view sentence) {
  if (!last_.ids.empty()) {
    const std::size_t ids = last_.ids.size();
    append(last_, sentence);
    if (last_.ids.size() <= most_) return;
    last_.ids.resize(ids);
    last_.sentences.pop_back();
  }
  Record next;
  append(next, sentence);
  if (next.ids.empty()) return;
  if (next.ids.size() > most_) {
    end_records();
    keep(next);
    return;
  }
  keep(before_);
  before_ = std::exchange(last_, std::move(next));
}

// With byte pairs the blank in front belongs to the word, so that a sentence has other ids after
// another one than at the beginning.
void TextCutter::append(Record& record, std::string_view sentence) {
  const std::size_t ids = record.ids.size();
  if (ids == 0) {
    tokenizer_.encode(sentence, words_, record.ids);
  } else {
    after_blank_.assign(1, ' ').append(sentence);
    tokenizer_.encode(after_blank_, words_, record.ids);
  }
  if (record.ids.size() > ids) record.sentences.push_back({sentence, record.ids.size() - ids});
}

void TextCutter::balance() {
  std::size_t sentences = 0, ids = 0;  // that move
  for (;;) {
    const std::size_t more = ids + before_.sentences[before_.sentences.size() - 1 - sentences].ids;
    if (before_.ids.size() - more < last_.ids.size() + more) break;
    ids = more;
    ++sentences;
  }
  if (sentences == 0) return;
  const std::size_t left = before_.sentences.size() - sentences;
  Record longer;
  for (std::size_t i = left; i < before_.sentences.size(); ++i)
    append(longer, before_.sentences[i].text);
  for (const Sentence& sentence : last_.sentences) append(longer, sentence.text);
  before_.ids.resize(before_.ids.size() - ids);
  before_.sentences.resize(left);
  last_ = std::move(longer);
}

void TextCutter::end_records() {
  if (!before_.ids.empty() && 2 * last_.ids.size() < most_) balance();
  keep(std::exchange(before_, {}));
  keep(std::exchange(last_, {}));
}

void TextCutter::keep(const Record& record) {
  const std::size_t size = record.ids.size();
  const std::size_t parts = (size + most_ - 1) / most_;
  // Parts of about the same length, so that none is a mere rest.
  for (std::size_t part = 0; part < parts; ++part) {
    const auto begin = record.ids.begin() + static_cast<std::ptrdiff_t>(size * part / parts);
    const auto end = record.ids.begin() + static_cast<std::ptrdiff_t>(size * (part + 1) / parts);
    cut_.records.emplace_back(begin, end);
  }
  if (parts > 1) ++cut_.split;
  cut_.sentences += static_cast<std::int64_t>(record.sentences.size());
}

}  // namespace unimo::stages
