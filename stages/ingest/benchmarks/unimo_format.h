// The files that UNIMO's released scripts read: cells of decimal BPE numbers, and records whose
// fields are separated by semicolons.
//
// What is certain comes from the released readers: which columns there are, that a cell of a
// generation task is a list of GPT-2 numbers in decimal with the literal [SEP] between its pieces,
// the order of the semicolon fields, base64 of raw little-endian float32. Not certain, because no
// data file could be seen: how a squad_qg source is composed (here passage [SEP] answer, as UniLM
// has it); how sentences of a summary are marked (here the text " [X_SEP] ", encoded like any text,
// which UNIMO's post-processing splits at); what the fields marked unused hold; how many numbers a
// box has (here whatever is given, as long as it is the same for every box).
//
//   UnimoCell cells(*bpe);                        // trainer::ByteBpe
//   const std::string cell = cells.encode({"A story.", "Who?"});   // "32 1621 13 [SEP] 8241 30"
//   const auto pieces = UNIMO_TRY(cells.decode(cell));
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo::trainer {
class ByteBpe;
class WordCache;
}  // namespace unimo::trainer

namespace unimo::stages {

// Text to cells and back, without loss for text that is UTF-8. The tokenizer must outlive it. One
// thread: it remembers words.
class UnimoCell {
 public:
  explicit UnimoCell(const trainer::ByteBpe& bpe);
  ~UnimoCell();
  std::string encode(std::span<const std::string> pieces);
  std::string encode(const std::string& piece) { return encode({&piece, 1}); }
  // kInvalid names the token that is neither a GPT-2 number nor [SEP].
  Result<std::vector<std::string>> decode(std::string_view cell) const;

 private:
  const trainer::ByteBpe& bpe_;
  std::unique_ptr<trainer::WordCache> words_;
};

// A list of ids of UNIMO's vocabulary (RoBERTa's numbers), [CLS] and [SEP] included.
using IdList = std::vector<std::int32_t>;

// What all semicolon records say of a text.
struct UnimoTokens {
  IdList ids, sentences, positions;
};

// One line of a captioning file, 16 fields.
struct UnimoCaption {
  std::string image_id;  // with the 9 characters before it that the reader cuts off
  std::string caption_id;
  UnimoTokens tokens;             // empty in test files
  IdList segment_labels;          // words and phrases, for masking
  IdList span_begins, span_ends;  // of scene graphs
  std::int64_t height = 0, width = 0;
  std::int64_t boxes = 0;
  std::vector<float> box_values, class_probabilities, attribute_probabilities, features;
  std::string label;
};

// One line of the object tags beside it, 4 fields.
struct UnimoTags {
  std::string image_id;
  UnimoTokens tokens;
};

// One line of a visual entailment file, 14 fields; which class a label is is not published.
struct UnimoEntailment {
  std::string image_id, data_id;
  std::int64_t label = 0;  // 0 to 2
  UnimoTokens tokens;
  std::string unused_before_size;
  std::int64_t width = 0, height = 0;  // the other way round than in UnimoCaption
  std::int64_t boxes = 0;
  std::vector<float> box_values, features;
  std::array<std::string, 2> unused_at_end;
};

// One line of a retrieval file, 5 fields.
struct UnimoRetrieval {
  UnimoTokens tokens;
  std::int64_t image = 0, caption = 0;
};

// kInvalid names `place`, the field and what it holds: another number of fields, a list of what are
// no numbers, ids, sentences and positions of different lengths, base64 that is none, values that
// do not go evenly into the boxes, NaN and infinities.
Result<UnimoCaption> parse_unimo_caption(std::string_view line, std::string_view place);
Result<UnimoTags> parse_unimo_tags(std::string_view line, std::string_view place);
Result<UnimoEntailment> parse_unimo_entailment(std::string_view line, std::string_view place);
Result<UnimoRetrieval> parse_unimo_retrieval(std::string_view line, std::string_view place);

// The same lines again, without a line feed.
std::string format_unimo(const UnimoCaption& record);
std::string format_unimo(const UnimoTags& record);
std::string format_unimo(const UnimoEntailment& record);
std::string format_unimo(const UnimoRetrieval& record);

}  // namespace unimo::stages
