// A vocabulary of one's own: a SentencePiece unigram model (Kudo 2018), trained on captions or
// loaded.
//
// The special ids are those of tokenizer.h; [MASK] is one id beyond the model's own. Text is
// normalised (NFKC, blanks joined, case folded where wanted), so decode gives the normalised text.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/text/tokenizer.h"

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace unimo::trainer {

struct SentencePieceOptions {
  std::int64_t vocabulary_size = 4096;  // at most; a small corpus gives fewer
  double character_coverage = 1.0;      // share of characters that get a piece; the rest is [UNK]
  bool lower_case = true;
};

class SentencePieceVocabulary final : public Tokenizer {
 public:
  // The same texts and options give the same vocabulary. kInvalid when there is too little text, or
  // more different characters than ids.
  static Result<std::unique_ptr<SentencePieceVocabulary>> train(
      std::span<const std::string> texts, const SentencePieceOptions& options);
  // Of a folder with `sentencepiece.model`.
  static Result<std::unique_ptr<SentencePieceVocabulary>> load(const std::filesystem::path& folder);
  ~SentencePieceVocabulary() override;

  std::string_view kind() const override { return "sentencepiece"; }
  using Tokenizer::encode;
  std::vector<TokenId> encode(std::string_view text) const override;
  std::string decode(std::span<const TokenId> ids) const override;
  std::size_t vocabulary_size() const override { return pieces_.size(); }
  TokenId mask_id() const override { return static_cast<TokenId>(pieces_.size()) - 1; }
  bool is_word_start(TokenId id) const override;
  std::string piece(TokenId id) const override;

 private:
  SentencePieceVocabulary();
  static Result<std::unique_ptr<SentencePieceVocabulary>> from_model(std::string model,
                                                                     std::string_view origin);

  std::unique_ptr<sentencepiece::SentencePieceProcessor> processor_;
  std::vector<std::string> pieces_;  // with U+2581 for the blank, as the model has them
};

}  // namespace unimo::trainer
