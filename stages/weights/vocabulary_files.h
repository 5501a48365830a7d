// The vocabulary that comes with weights, whoever wrote it, and the one that goes with them.
#pragma once

#include <filesystem>
#include <memory>

#include "orchestrator/base/result.h"
#include "trainer/text/tokenizer.h"

namespace unimo::stages {

// From `folder` or its tokenizer/ or dict/: this project's own files; Hugging Face's vocab.json and
// merges.txt; the official UNIMO's unimo_en.encoder.json, unimo_en.vocab.bpe, unimo_en.vocab.txt,
// also without `unimo_en.`. kNotFound when there is none of these.
Result<std::unique_ptr<trainer::Tokenizer>> find_vocabulary(const std::filesystem::path& folder);

// What RobertaTokenizer loads beside the weights: vocab.json, merges.txt, tokenizer_config.json.
// False when the vocabulary in `from` (a checkpoint's tokenizer/) is not byte-level BPE: then
// nothing is written.
Result<bool> write_roberta_vocabulary(const std::filesystem::path& from, int positions,
                                      const std::filesystem::path& to);
// The official code's dict/. False likewise.
Result<bool> write_official_vocabulary(const std::filesystem::path& from,
                                       const std::filesystem::path& to);

}  // namespace unimo::stages
