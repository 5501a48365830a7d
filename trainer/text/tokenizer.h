// Text to numbers and back. Two kinds: `ByteBpe` (GPT-2's pieces with RoBERTa's numbers, which the
// published UNIMO models speak) and `SentencePieceVocabulary` (small, trained on one's own
// captions).
//
//   const auto tokenizer = UNIMO_TRY(load_tokenizer(pack / "tokenizer"));
//   const std::vector<TokenId> ids = tokenizer->encode("A dog runs.");   // without [CLS] and [SEP]
//   tokenizer->decode(ids);                                              // "A dog runs."
//
// Nothing changes after loading: all calls may overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"

namespace unimo::trainer {

using TokenId = std::int32_t;

class WordCache;

// The same in every vocabulary. [MASK] is the last id; see Tokenizer::mask_id.
inline constexpr TokenId kClsId = 0;
inline constexpr TokenId kPadId = 1;
inline constexpr TokenId kSepId = 2;
inline constexpr TokenId kUnkId = 3;
inline constexpr TokenId kFirstPieceId = 4;  // ids before it are special

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  virtual std::string_view kind() const = 0;  // "bpe" or "sentencepiece"
  // Any bytes: what is not UTF-8 is repaired first (utf8.h). Never special ids: their names are
  // plain text.
  virtual std::vector<TokenId> encode(std::string_view text) const = 0;
  // The same ids, appended to `out`. `words` is of the calling thread and of this tokenizer alone;
  // a kind that can use it is several times faster on long input.
  virtual void encode(std::string_view text, WordCache& words, std::vector<TokenId>& out) const;
  // Special ids and ids outside the vocabulary give nothing; the result is valid UTF-8.
  virtual std::string decode(std::span<const TokenId> ids) const = 0;
  virtual std::size_t vocabulary_size() const = 0;
  virtual TokenId mask_id() const = 0;
  // Whether the piece begins with a blank: then a word begins. (The first piece of a text begins
  // one anyway.) Special ids count as words of their own.
  virtual bool is_word_start(TokenId id) const = 0;
  // The bytes of a piece as they stand in text, a blank as ' '; the name of a special id ("[CLS]").
  virtual std::string piece(TokenId id) const = 0;

  // SHA-256 of kind and vocabulary: equal if, and only if, the same text gives the same ids.
  const std::string& digest() const { return digest_; }
  // What `tokenizer.json` says: kind, vocabulary_size, digest, …
  virtual Json describe() const;
  // Writes the vocabulary files and tokenizer.json into a folder, so that load_tokenizer finds
  // them.
  Status save(const std::filesystem::path& folder) const;

 protected:
  // A vocabulary file: what is hashed and what `save` writes.
  struct File {
    std::string name;
    std::string bytes;
  };
  // To be called once the files are known; `settings` are parameters that change ids.
  void keep_files(std::vector<File> files, std::string_view settings);

 private:
  std::vector<File> files_;
  std::string digest_;
};

// Whatever kind the folder holds: by tokenizer.json, or ByteBpe where only its three files lie.
Result<std::unique_ptr<Tokenizer>> load_tokenizer(const std::filesystem::path& folder);

}  // namespace unimo::trainer
