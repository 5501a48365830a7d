#include "trainer/text/sentencepiece_vocabulary.h"

#include <sentencepiece_processor.h>

#include <array>
#include <map>

#include "orchestrator/base/file.h"
#include "trainer/text/sentencepiece_training.h"
#include "trainer/text/utf8.h"

namespace unimo::trainer {

namespace {

constexpr std::string_view kBlank = "\xE2\x96\x81";
constexpr std::array<std::string_view, 4> kFirst = {"[CLS]", "[PAD]", "[SEP]", "[UNK]"};
// Pieces for the 256 bytes leave no room for words in a vocabulary smaller than this.
constexpr std::int64_t kLeastForBytes = 4096;

std::map<std::string, std::string> training_settings(const SentencePieceOptions& options) {
  return {
      // [MASK] is one id beyond the model's.
      {"vocab_size", std::to_string(options.vocabulary_size - 1)},
      {"character_coverage", fmt::format("{}", options.character_coverage)},
      {"normalization_rule_name", options.lower_case ? "nmt_nfkc_cf" : "nmt_nfkc"},
      {"byte_fallback", options.vocabulary_size >= kLeastForBytes ? "true" : "false"},
      {"bos_id", "0"},
      {"bos_piece", std::string(kFirst[0])},
      {"pad_id", "1"},
      {"pad_piece", std::string(kFirst[1])},
      {"eos_id", "2"},
      {"eos_piece", std::string(kFirst[2])},
      {"unk_id", "3"},
      {"unk_piece", std::string(kFirst[3])},
  };
}

}  // namespace

SentencePieceVocabulary::SentencePieceVocabulary()
    : processor_(std::make_unique<sentencepiece::SentencePieceProcessor>()) {}
SentencePieceVocabulary::~SentencePieceVocabulary() = default;

Result<std::unique_ptr<SentencePieceVocabulary>> SentencePieceVocabulary::train(
    std::span<const std::string> texts, const SentencePieceOptions& options) {
  std::string model =
      UNIMO_TRY(train_sentencepiece(texts, options.vocabulary_size, training_settings(options)));
  return from_model(std::move(model), "the trained vocabulary");
}

Result<std::unique_ptr<SentencePieceVocabulary>> SentencePieceVocabulary::load(
    const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "sentencepiece.model";
  return from_model(UNIMO_TRY(read_file(path)), path.string());
}

Result<std::unique_ptr<SentencePieceVocabulary>> SentencePieceVocabulary::from_model(
    std::string model, std::string_view origin) {
  std::unique_ptr<SentencePieceVocabulary> vocabulary(new SentencePieceVocabulary());
  const auto& processor = vocabulary->processor_;
  const auto status = processor->LoadFromSerializedProto(model);
  if (!status.ok()) {
    return fail(ErrorCode::kIntegrity, "{}: not a SentencePiece model: {}", origin,
                status.ToString());
  }
  for (int id = 0; id < processor->GetPieceSize(); ++id) {
    vocabulary->pieces_.push_back(processor->IdToPiece(id));
  }
  for (std::size_t id = 0; id < kFirst.size(); ++id) {
    if (id >= vocabulary->pieces_.size() || vocabulary->pieces_[id] != kFirst[id]) {
      return fail(ErrorCode::kInvalid,
                  "{}: id {} is not {}; the model was trained for something else", origin, id,
                  kFirst[id]);
    }
  }
  vocabulary->pieces_.emplace_back("[MASK]");
  vocabulary->keep_files({{"sentencepiece.model", std::move(model)}}, "");
  return vocabulary;
}

std::vector<TokenId> SentencePieceVocabulary::encode(std::string_view text) const {
  std::vector<int> ids;
  const auto status = processor_->Encode(clean_for_sentencepiece(text), &ids);
  UNIMO_CHECK(status.ok(), "{}", status.ToString());
  return ids;
}

std::string SentencePieceVocabulary::decode(std::span<const TokenId> ids) const {
  std::vector<int> ordinary;
  for (const TokenId id : ids) {
    if (id >= kFirstPieceId && id < mask_id()) ordinary.push_back(id);
  }
  std::string text;
  const auto status = processor_->Decode(ordinary, &text);
  UNIMO_CHECK(status.ok(), "{}", status.ToString());
  return is_valid_utf8(text) ? text : repair_utf8(text);
}

bool SentencePieceVocabulary::is_word_start(TokenId id) const {
  if (id < kFirstPieceId || id >= mask_id()) return true;
  return pieces_[static_cast<std::size_t>(id)].starts_with(kBlank);
}

std::string SentencePieceVocabulary::piece(TokenId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= pieces_.size()) return {};
  std::string piece = pieces_[static_cast<std::size_t>(id)];
  if (piece.starts_with(kBlank)) piece.replace(0, kBlank.size(), " ");
  return piece;
}

}  // namespace unimo::trainer
