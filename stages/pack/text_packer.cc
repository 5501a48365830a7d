#include "stages/pack/text_packer.h"

#include <algorithm>
#include <utility>

#include "trainer/data/pack.h"
#include "trainer/text/word_cache.h"

namespace unimo::stages {

using trainer::TokenId;

namespace {

// Large enough to make up for a cache of words that is empty at its beginning.
constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::size_t kBatchesPerThread = 4;

}  // namespace

TextPacker::TextPacker(const trainer::Tokenizer& tokenizer, const ExcludedTexts& excluded,
                       const TextPackerOptions& options, trainer::ShardWriter& writer,
                       Quarantine& quarantine)
    : tokenizer_(tokenizer),
      excluded_(excluded),
      options_(options),
      writer_(writer),
      quarantine_(quarantine),
      workers_(options.threads, [this](Batch& batch) { return work(batch); }) {}

std::vector<TextPacker::Done> TextPacker::work(Batch& batch) const {
  trainer::WordCache words;
  TextCutter cutter(tokenizer_, words, options_.most);
  std::vector<Done> all;
  all.reserve(batch.size());
  for (SourceText& text : batch) {
    Done& done = all.emplace_back();
    done.source = std::move(text);
    const DocumentRecord& record = done.source.record;
    done.excluded = excluded_.has(record.id);
    if (done.excluded) continue;
    done.cut = done.source.is_document ? cutter.cut_document(record, excluded_)
                                       : cutter.cut_text(record.text);
  }
  return all;
}

Status TextPacker::add(SourceText text) {
  batch_bytes_ += text.record.text.size();
  batch_.push_back(std::move(text));
  if (batch_bytes_ < kBatchBytes) return ok();
  put_batch();
  return drain(kBatchesPerThread * static_cast<std::size_t>(options_.threads));
}

Status TextPacker::finish() {
  put_batch();
  return drain(0);
}

void TextPacker::put_batch() {
  workers_.put(std::exchange(batch_, {}));
  batch_bytes_ = 0;
}

// Writes what is oldest until no more than so many batches wait.
Status TextPacker::drain(std::size_t batches) {
  while (workers_.waiting() > batches) {
    for (Done& done : workers_.take()) UNIMO_TRY(take(done));
  }
  return ok();
}

Status TextPacker::take(Done& done) {
  const DocumentRecord& record = done.source.record;
  const bool is_document = done.source.is_document;
  if (done.excluded) {
    ++(is_document ? packed_.documents_excluded : packed_.texts_excluded);
    return ok();
  }
  quarantine_.saw(Item::kText);
  packed_.sentences_excluded += done.cut.excluded_sentences;
  if (done.cut.records.empty()) {
    if (done.cut.excluded_sentences == 0) refuse(done.source);
    return ok();
  }
  (is_document ? packed_.sentences_split : packed_.texts_split) += done.cut.split;
  if (is_document) {
    ++packed_.documents[record.split];
    packed_.sentences[record.split] += done.cut.sentences;
  }
  for (std::vector<TokenId>& ids : done.cut.records) {
    packed_.tokens += static_cast<std::int64_t>(ids.size());
    packed_.unknown += std::ranges::count(ids, trainer::kUnkId);
    ++packed_.records[record.split];
    const trainer::PackedText text{.split = split_number(record.split), .ids = std::move(ids)};
    UNIMO_TRY(writer_.add(encode_record(text)));
  }
  return ok();
}

void TextPacker::refuse(const SourceText& text) {
  const bool no_sentences = text.is_document && text.record.sentences.empty();
  quarantine_.add(Item::kText, {.source = text.place,
                                .id = text.record.id,
                                .reason = no_sentences ? "no_sentences" : "no_tokens",
                                .detail = text.is_document ? text.record.title : text.record.text});
}

}  // namespace unimo::stages
