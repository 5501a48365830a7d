// Texts and documents cut into what training reads as one text: the records of texts.shard.
//
//   TextCutter cutter(tokenizer, words, 510);
//   const CutText cut = cutter.cut_document(document, excluded);
//
// UNIMO takes at most 512 tokens of text, [CLS] and [SEP] among them (Li et al., ACL 2021); how it
// cuts its corpora, BookWiki and OpenWebText, is not published. It starts from RoBERTa, so this is
// RoBERTa's DOC-SENTENCES (Liu et al. 2019, section 4.2): whole consecutive sentences up to the
// maximum, never across documents.
//
// - Sentences of a record are joined by one blank, also those of two paragraphs; its ids are those
//   of the text that this gives. Titles are left out.
// - A sentence longer than the maximum makes records of its own, parts of about the same length.
// - Around an excluded sentence, and around such a long one, records end: what follows begins anew.
// - Where the last record before such an end, or before that of the document, is shorter than half
//   of the maximum, it takes sentences from the one before it for as long as that stays the longer
//   of the two. Short documents stay as they are: nothing is joined to them and nothing dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stages/ingest/records.h"
#include "stages/pack/excluded_texts.h"
#include "trainer/text/tokenizer.h"

namespace unimo::stages {

struct CutText {
  std::vector<std::vector<trainer::TokenId>> records;  // none: there are no tokens
  std::int64_t sentences = 0;                          // of a document, in the records
  std::int64_t excluded_sentences = 0;
  std::int64_t split = 0;  // texts or sentences longer than the maximum
};

// Of one thread, like its words; remembers nothing between calls but these.
class TextCutter {
 public:
  // `most` tokens a record, without [CLS] and [SEP]. Tokenizer and words outlive it.
  TextCutter(const trainer::Tokenizer& tokenizer, trainer::WordCache& words, std::size_t most)
      : tokenizer_(tokenizer), words_(words), most_(most) {}

  // One record, or parts of about the same length.
  CutText cut_text(std::string_view text);
  // Whether the document as a whole is excluded is the caller's question.
  CutText cut_document(const DocumentRecord& document, const ExcludedTexts& excluded);

 private:
  struct Sentence {
    std::string_view text;
    std::size_t ids = 0;
  };
  struct Record {
    std::vector<Sentence> sentences;
    std::vector<trainer::TokenId> ids;
  };

  void add_sentence(std::string_view sentence);
  void append(Record& record, std::string_view sentence);
  void balance();
  void end_records();
  void keep(const Record& record);

  const trainer::Tokenizer& tokenizer_;
  trainer::WordCache& words_;
  std::size_t most_;
  CutText cut_;
  Record before_, last_;  // not yet kept; without `last_` there is no `before_`
  std::string after_blank_;
};

}  // namespace unimo::stages
