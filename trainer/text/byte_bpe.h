// GPT-2's byte-level byte-pair encoding with RoBERTa's numbers: the tokenizer of the published
// UNIMO models.
//
// Three files of one folder make it: `vocab.bpe` (merges, best first), `encoder.json` (piece to
// GPT-2 id) and `vocab.txt` (line number = id of the model; the line holds a GPT-2 id in decimal,
// or the name of a special piece). Letters and numbers are those of
// CharacterClasses::unicode_version().
#pragma once

#include <bitset>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/text/character_classes.h"
#include "trainer/text/pair_table.h"
#include "trainer/text/tokenizer.h"
#include "trainer/text/word_cache.h"

namespace unimo::trainer {

class ByteBpe final : public Tokenizer {
 public:
  // Errors name the file and, where there is one, the line.
  static Result<std::unique_ptr<ByteBpe>> load(const std::filesystem::path& folder);

  std::string_view kind() const override { return "bpe"; }
  std::vector<TokenId> encode(std::string_view text) const override;
  void encode(std::string_view text, WordCache& cache, std::vector<TokenId>& out) const override;
  std::string decode(std::span<const TokenId> ids) const override;
  std::size_t vocabulary_size() const override { return gpt2_of_id_.size(); }
  TokenId mask_id() const override { return mask_id_; }
  bool is_word_start(TokenId id) const override;
  std::string piece(TokenId id) const override;
  Json describe() const override;

  // GPT-2's own numbers, as the published data files hold them. -1: there is none (special pieces).
  TokenId gpt2_id(TokenId id) const;
  std::size_t gpt2_size() const { return id_of_gpt2_.size(); }  // GPT-2 ids are smaller
  // The other way; kUnkId for what is not a GPT-2 id.
  TokenId id_of_gpt2(TokenId gpt2_id) const;

 private:
  ByteBpe() : pairs_(0) {}
  // `readable`: bytes that may be read from the word's beginning on.
  void encode_word(std::string_view word, std::size_t readable, std::vector<TokenId>& out) const;
  void encode_long_word(std::string_view word, std::size_t readable, WordCache& cache,
                        std::vector<TokenId>& out) const;
  void merge_segment(std::string_view segment, std::vector<TokenId>& out) const;
  // Length of the first part of a word that is encoded by itself.
  std::size_t segment_length(std::string_view word) const;
  Status read_pieces(const std::filesystem::path& path, std::string_view bytes);
  Status read_merges(const std::filesystem::path& path, std::string_view bytes);
  Status read_numbers(const std::filesystem::path& path, std::string_view bytes);
  void find_whole_words();
  void find_neighbours();
  bool is_whole_word(const ShortWord& word, TokenId& id) const;
  // The final pieces, in `space`, which has room for the word's bytes.
  std::span<const std::uint32_t> merge(std::string_view word, std::span<std::uint32_t> space) const;

  CharacterClasses classes_;
  PairTable pairs_;
  std::vector<std::uint32_t> piece_of_byte_;  // GPT-2 ids of the 256 single bytes
  std::vector<std::string> bytes_of_gpt2_;    // by GPT-2 id
  std::vector<TokenId> id_of_gpt2_;           // by GPT-2 id
  std::vector<TokenId> gpt2_of_id_;           // by id of the model; -1: special
  std::vector<std::string> special_names_;    // by id of the model; empty: not special
  TokenId mask_id_ = 0;
  // Two bytes, the first times 256: whether any piece has them side by side. Elsewhere nothing is
  // ever merged, so that a word falls into parts; scripts without blanks and emoji fall into
  // characters.
  std::bitset<65536> neighbours_;

  // Short pieces that encode to themselves, which is what most words are.
  struct WholeWord {
    ShortWord word;
    TokenId id = 0;
  };
  std::vector<WholeWord> whole_words_;  // open addressing, a power of two
};

}  // namespace unimo::trainer
