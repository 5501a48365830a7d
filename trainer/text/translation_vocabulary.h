// The vocabulary of a translator, as Marian's models have it in Hugging Face's form: a
// SentencePiece model for each side (source.spm, target.spm) and the ids of the pieces (vocab.json;
// with target_vocab.json those of the target apart).
//
//   const auto vocabulary = UNIMO_TRY(TranslationVocabulary::load("opus-mt-en-de/"));
//   vocabulary.encode_source("A dog runs.");   // ids, the end token last
//   vocabulary.decode_target(ids);             // "Ein Hund rennt."
//
// A source may begin with the code of a target language (">>deu<<"), where the vocabulary has it.
// Nothing changes after loading: all calls may overlap.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/base/result.h"

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace unimo::trainer {

struct TranslationVocabularyOptions {
  std::int64_t size = 4000;  // pieces of each model at most; a small corpus gives fewer
  bool joint = true;         // one model and one table of ids for both languages
  double character_coverage = 1.0;
};

class TranslationVocabulary {
 public:
  // Errors name the file, what is wrong in it, and what a folder of Marian's looks like.
  static Result<TranslationVocabulary> load(const std::filesystem::path& folder);
  // Of parallel text; the same texts and options give the same vocabulary. The end token has id 0,
  // the unknown token 1, the padding, which also starts every target, the last.
  static Result<TranslationVocabulary> train(std::span<const std::string> sources,
                                             std::span<const std::string> targets,
                                             const TranslationVocabularyOptions& options);
  TranslationVocabulary(TranslationVocabulary&&) noexcept;
  TranslationVocabulary& operator=(TranslationVocabulary&&) noexcept;
  ~TranslationVocabulary();

  // The files as load reads them.
  Status save(const std::filesystem::path& folder) const;

  // Any bytes: what is not UTF-8 is repaired first.
  std::vector<std::int32_t> encode_source(std::string_view text) const;
  std::vector<std::int32_t> encode_target(std::string_view text) const;
  // Special ids and ids that no piece has give nothing.
  std::string decode_target(std::span<const std::int32_t> ids) const;

  int source_size() const;  // ids of a source are below it
  int target_size() const;
  bool is_joint() const;  // source and target share their ids
  std::int32_t end() const { return end_; }
  std::int32_t unknown() const { return unknown_; }
  std::int32_t pad() const { return pad_; }
  // SHA-256 of all files: equal if, and only if, the same texts give the same ids.
  const std::string& digest() const { return digest_; }

 private:
  struct Side;
  TranslationVocabulary();
  // Files by name, as load finds them; `origin` is for messages.
  static Result<TranslationVocabulary> from_files(std::map<std::string, std::string> files,
                                                  const std::string& origin);
  Status take_special(const std::string& origin);

  std::map<std::string, std::string> files_;
  std::unique_ptr<Side> source_, target_;
  std::int32_t end_ = 0, unknown_ = 0, pad_ = 0;
  std::string digest_;
};

}  // namespace unimo::trainer
