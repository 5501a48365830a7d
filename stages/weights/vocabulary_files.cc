#include "stages/weights/vocabulary_files.h"

#include <array>
#include <string>
#include <system_error>
#include <utility>

#include "orchestrator/base/file.h"
#include "trainer/text/byte_bpe.h"
#include "trainer/text/roberta_vocabulary.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::array<const char*, 3> kOwnFiles = {"encoder.json", "vocab.bpe", "vocab.txt"};
constexpr std::string_view kOfficial = "unimo_en.";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Through files of its own, which are gone afterwards: a vocabulary keeps their bytes.
Result<std::unique_ptr<trainer::Tokenizer>> load_bpe(const std::array<std::string, 3>& bytes) {
  const TempDir folder = UNIMO_TRY(TempDir::make("vocabulary-"));
  for (std::size_t i = 0; i < bytes.size(); ++i)
    UNIMO_TRY(write_file(folder.path() / kOwnFiles[i], bytes[i]));
  return std::unique_ptr<trainer::Tokenizer>(UNIMO_TRY(trainer::ByteBpe::load(folder.path())));
}

Result<std::unique_ptr<trainer::Tokenizer>> load_official(const fs::path& folder) {
  std::array<std::string, 3> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = UNIMO_TRY(read_file(folder / (std::string(kOfficial) + kOwnFiles[i])));
  return load_bpe(bytes);
}

Result<std::unique_ptr<trainer::Tokenizer>> load_roberta(const fs::path& folder) {
  auto files = UNIMO_TRY(trainer::from_roberta_vocabulary(folder));
  return load_bpe(
      {std::move(files.encoder_json), std::move(files.vocab_bpe), std::move(files.vocab_txt)});
}

}  // namespace

Result<std::unique_ptr<trainer::Tokenizer>> find_vocabulary(const fs::path& folder) {
  for (const fs::path& in : {folder, folder / "tokenizer", folder / "dict"}) {
    if (is_there(in / "vocab.json") && is_there(in / "merges.txt")) return load_roberta(in);
    if (is_there(in / (std::string(kOfficial) + "vocab.bpe"))) return load_official(in);
    if (is_there(in / "tokenizer.json") || is_there(in / "vocab.bpe"))
      return trainer::load_tokenizer(in);
  }
  return fail(ErrorCode::kNotFound,
              "{}: no vocabulary: neither vocab.json and merges.txt, nor encoder.json, vocab.bpe "
              "and vocab.txt; give their folder as the input tokenizer",
              folder.string());
}

Result<bool> write_roberta_vocabulary(const fs::path& from, int positions, const fs::path& to) {
  if (!is_there(from / "vocab.bpe")) return false;
  const auto files = UNIMO_TRY(trainer::to_roberta_vocabulary(from));
  UNIMO_TRY(write_file_atomic(to / "vocab.json", files.vocab_json));
  UNIMO_TRY(write_file_atomic(to / "merges.txt", files.merges_txt));
  // The first token has position 2.
  const Json config = {{"add_prefix_space", false},
                       {"bos_token", "<s>"},
                       {"cls_token", "<s>"},
                       {"eos_token", "</s>"},
                       {"mask_token", "<mask>"},
                       {"model_max_length", positions - 2},
                       {"pad_token", "<pad>"},
                       {"sep_token", "</s>"},
                       {"tokenizer_class", "RobertaTokenizer"},
                       {"unk_token", "<unk>"}};
  UNIMO_TRY(write_json(to / "tokenizer_config.json", config));
  return true;
}

Result<bool> write_official_vocabulary(const fs::path& from, const fs::path& to) {
  if (!is_there(from / "vocab.bpe")) return false;
  UNIMO_TRY(make_directories(to));
  for (const char* name : kOwnFiles) {
    const std::string bytes = UNIMO_TRY(read_file(from / name));
    UNIMO_TRY(write_file_atomic(to / (std::string(kOfficial) + name), bytes));
  }
  return true;
}

}  // namespace unimo::stages
