#include "stages/retrieval/sentence_store.h"

#include <algorithm>

#include "orchestrator/stage/stage.h"
#include "stages/pack/collect.h"
#include "stages/retrieval/word_table.h"
#include "trainer/data/random.h"

namespace unimo::stages {

namespace {

constexpr std::uint32_t kFree = UINT32_MAX;

}  // namespace

SentenceStore::SentenceStore(const SentenceLimits& limits) : limits_(limits) {
  rebuild_table(1024);
}

void SentenceStore::begin_document(std::string_view id) {
  ids_ += id;
  id_ends_.push_back(ids_.size());
}

void SentenceStore::add(std::string_view sentence, std::int32_t number) {
  UNIMO_CHECK(!id_ends_.empty(), "a sentence before its document");
  ++counts_.seen;
  std::size_t words = 0;
  for_each_word(sentence, scratch_, [&](std::string_view) { ++words; });
  if (words < limits_.min_words || words > limits_.max_words || sentence.size() > UINT32_MAX) {
    ++(words < limits_.min_words ? counts_.too_short : counts_.too_long);
    return;
  }
  const std::uint64_t drawn = draw(sentence);
  if (drawn > limit_) {
    ++counts_.not_drawn;
    return;
  }
  const std::size_t at = place_of(sentence, drawn);
  if (table_[at] != kFree) {
    ++counts_.repeated;
    return;
  }
  table_[at] = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back({texts_.size(), static_cast<std::uint32_t>(sentence.size()),
                      static_cast<std::uint32_t>(id_ends_.size() - 1), number});
  texts_ += sentence;
  if (entries_.size() > limits_.most) {
    halve();
  } else if (2 * entries_.size() > table_.size()) {
    rebuild_table(2 * table_.size());
  }
}

std::string_view SentenceStore::text(std::size_t i) const {
  return std::string_view(texts_).substr(entries_[i].begin, entries_[i].size_bytes);
}

std::string SentenceStore::place(std::size_t i) const {
  const Entry& entry = entries_[i];
  const std::uint64_t begin = entry.document == 0 ? 0 : id_ends_[entry.document - 1];
  std::string place = ids_.substr(begin, id_ends_[entry.document] - begin);
  if (entry.number >= 0) place += fmt::format("\t{}", entry.number);
  return place;
}

// A pure function of seed and sentence.
std::uint64_t SentenceStore::draw(std::string_view sentence) const {
  return trainer::mix64(trainer::stream_of(sentence) ^
                        trainer::mix64(limits_.seed ^ trainer::stream_of("retrieval.sentences")));
}

std::size_t SentenceStore::place_of(std::string_view sentence, std::uint64_t drawn) const {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = drawn & mask;
  while (table_[at] != kFree && text(table_[at]) != sentence) at = (at + 1) & mask;
  return at;
}

// Keeps those below half of the limit, in their order.
void SentenceStore::halve() {
  std::size_t kept = 0;
  while (entries_.size() > limits_.most && limit_ != 0) {
    limit_ /= 2;
    std::uint64_t end = 0;
    kept = 0;
    for (Entry entry : entries_) {
      const auto sentence = std::string_view(texts_).substr(entry.begin, entry.size_bytes);
      if (draw(sentence) > limit_) continue;
      std::copy(sentence.begin(), sentence.end(),
                texts_.begin() + static_cast<std::ptrdiff_t>(end));  // to the front, never over it
      entry.begin = end;
      end += entry.size_bytes;
      entries_[kept++] = entry;
    }
    counts_.not_drawn += static_cast<std::int64_t>(entries_.size() - kept);
    entries_.resize(kept);
    texts_.resize(end);
  }
  rebuild_table(table_.size());
}

void SentenceStore::rebuild_table(std::size_t places) {
  table_.assign(places, kFree);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) table_[place_of(text(i), draw(text(i)))] = i;
}

Status add_sentences(std::span<const InputItem> artifacts, std::span<const std::string> splits,
                     const ExcludedTexts& excluded, SentenceStore& store) {
  return for_each_text(artifacts, [&](SourceText& source) -> Status {
    if (StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped while reading sentences");
    const DocumentRecord& record = source.record;
    if (std::ranges::find(splits, record.split) == splits.end()) return ok();
    const auto count = source.is_document ? static_cast<std::int64_t>(record.sentences.size()) : 1;
    if (excluded.has(record.id)) {
      store.counts().excluded += count;
      return ok();
    }
    store.begin_document(record.id);
    if (!source.is_document) store.add(record.text, -1);
    for (std::size_t i = 0; i < record.sentences.size(); ++i) {
      const auto& span = record.sentences[i];
      if (excluded.has_sentence(record.id, i)) {
        ++store.counts().excluded;
      } else {
        store.add(std::string_view(record.text).substr(span.begin, span.end - span.begin),
                  static_cast<std::int32_t>(i));
      }
    }
    return ok();
  });
}

}  // namespace unimo::stages
