#include "trainer/text/tokenizer.h"

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "trainer/text/byte_bpe.h"
#include "trainer/text/sentencepiece_vocabulary.h"

namespace unimo::trainer {

namespace fs = std::filesystem;

namespace {

constexpr int kVersion = 1;

template <class T>
Result<std::unique_ptr<Tokenizer>> as_tokenizer(Result<std::unique_ptr<T>> loaded) {
  return std::unique_ptr<Tokenizer>(UNIMO_TRY(std::move(loaded)));
}

}  // namespace

void Tokenizer::encode(std::string_view text, WordCache&, std::vector<TokenId>& out) const {
  const std::vector<TokenId> ids = encode(text);
  out.insert(out.end(), ids.begin(), ids.end());
}

Json Tokenizer::describe() const {
  return {{"format", "unimo.tokenizer"},          {"version", kVersion},  {"kind", kind()},
          {"vocabulary_size", vocabulary_size()}, {"mask_id", mask_id()}, {"digest", digest()}};
}

void Tokenizer::keep_files(std::vector<File> files, std::string_view settings) {
  Sha256 sha;
  sha.field("kind", kind());
  sha.field("settings", settings);
  for (const File& file : files) sha.field(file.name, file.bytes);
  digest_ = sha.hex();
  files_ = std::move(files);
}

Status Tokenizer::save(const fs::path& folder) const {
  UNIMO_TRY(make_directories(folder));
  for (const File& file : files_) UNIMO_TRY(write_file_atomic(folder / file.name, file.bytes));
  return write_json(folder / "tokenizer.json", describe());
}

Result<std::unique_ptr<Tokenizer>> load_tokenizer(const fs::path& folder) {
  const fs::path description = folder / "tokenizer.json";
  std::error_code ignored;
  if (!fs::exists(description, ignored)) {
    if (fs::exists(folder / "vocab.bpe", ignored)) return as_tokenizer(ByteBpe::load(folder));
    return fail(
        ErrorCode::kNotFound,
        "{}: no tokenizer here: neither tokenizer.json nor vocab.bpe, encoder.json, vocab.txt",
        folder.string());
  }
  const Json document = UNIMO_TRY(read_json(description));
  if (!document.is_object() || document.value("format", Json()) != "unimo.tokenizer" ||
      document.value("version", Json()) != kVersion) {
    return fail(ErrorCode::kInvalid, "{}: not a unimo.tokenizer document of version {}",
                description.string(), kVersion);
  }
  const Json kind = document.value("kind", Json());
  if (kind != "bpe" && kind != "sentencepiece") {
    return fail(ErrorCode::kInvalid, "{}: kind is {}, not bpe or sentencepiece",
                description.string(), kind.dump());
  }
  auto tokenizer = UNIMO_TRY(kind == "bpe" ? as_tokenizer(ByteBpe::load(folder))
                                           : as_tokenizer(SentencePieceVocabulary::load(folder)));
  const Json digest = document.value("digest", Json());
  if (digest != tokenizer->digest()) {
    return fail(ErrorCode::kIntegrity,
                "{}: the vocabulary files hash to {}, but {} was recorded; restore the folder",
                description.string(), tokenizer->digest(), digest.dump());
  }
  return tokenizer;
}

}  // namespace unimo::trainer
