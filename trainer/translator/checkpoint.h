// A translator in a folder: this project's ("Translators" of docs/formats.md: model.safetensors,
// translator.json and the vocabulary's files), or Marian's in Hugging Face's form
// (model.safetensors or pytorch_model.bin, config.json, source.spm, target.spm, vocab.json).
//
//   const auto loaded = UNIMO_TRY(load_translator(folder));
//   translate(*loaded.model, loaded.vocabulary, loaded.tokens, …)
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/text/translation_vocabulary.h"
#include "trainer/translator/translator.h"

namespace unimo::trainer {

// The special tokens, and what is never generated.
struct TranslationTokens {
  std::int32_t start = 0;           // what the decoder reads first
  std::int32_t end = 0;             // ends every text
  std::vector<std::int32_t> never;  // not generated
  bool renormalize = false;         // the others' probabilities are those without `never`
  bool forced_end = false;          // the last token of the longest text is the end, at no cost
};

// Of a vocabulary of our own: the padding starts and is never generated.
TranslationTokens tokens_of(const TranslationVocabulary& vocabulary);

struct LoadedTranslator {
  std::unique_ptr<Translator> model;
  TranslationVocabulary vocabulary;
  TranslationTokens tokens;
  std::string source_language, target_language;  // what translator.json says; may be empty
};

// A Marian model without its vocabulary: for ids.
struct TranslatorModel {
  std::unique_ptr<Translator> model;
  TranslationTokens tokens;
};
Result<TranslatorModel> load_marian_model(const std::filesystem::path& folder);

// Errors name file, tensor or key, and remedy.
Result<LoadedTranslator> load_translator(const std::filesystem::path& folder);

struct TranslatorDescription {
  std::string source_language, target_language;
};
Status save_translator(const std::filesystem::path& folder, const Translator& model,
                       const TranslationVocabulary& vocabulary,
                       const TranslatorDescription& description);

}  // namespace unimo::trainer
