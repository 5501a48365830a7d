// The vocabulary of a RoBERTa in Hugging Face's two files, `vocab.json` (piece to id) and
// `merges.txt`, from and to the three files of ByteBpe (byte_bpe.h). Both say the same: the ids
// stay, and encoder.json's own numbers follow from the merges (the 256 bytes, then the result of
// each merge, then <|endoftext|>), as they do in GPT-2's published file.
//
// Special pieces: <s> [CLS], <pad> [PAD], </s> [SEP], <unk> [UNK], <mask> [MASK]; others keep their
// names (madeupword0000).
#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

struct RobertaVocabulary {
  std::string vocab_json;
  std::string merges_txt;
};
struct BpeVocabulary {
  std::string encoder_json;
  std::string vocab_bpe;
  std::string vocab_txt;
};

// From a folder with encoder.json, vocab.bpe and vocab.txt.
Result<RobertaVocabulary> to_roberta_vocabulary(const std::filesystem::path& folder);

// From a folder with vocab.json and merges.txt. Errors name the file and the piece or line.
Result<BpeVocabulary> from_roberta_vocabulary(const std::filesystem::path& folder);

}  // namespace unimo::trainer
