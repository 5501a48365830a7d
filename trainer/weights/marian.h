// A Marian translator as Hugging Face writes it (MarianMTModel): its config.json, and which of its
// tensors is which parameter of ours. Tensor-free; the values are read by
// trainer/translator/checkpoint.h.
//
// Sources: configuration_marian.py and modeling_marian.py of transformers 5, for what a key means
// and which tensors there are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/translator.h"
#include "trainer/weights/parameter_names.h"
#include "trainer/weights/weight_file.h"

namespace unimo::trainer {

// What config.json and generation_config.json (where there is one, its word counts) say.
struct MarianConfig {
  TranslatorConfig sizes;
  std::int32_t start = 0;           // decoder_start_token_id
  std::int32_t end = 0;             // eos_token_id
  std::int32_t pad = 0;             // pad_token_id
  std::vector<std::int32_t> never;  // bad_words_ids of one token
  bool renormalize = false;         // renormalize_logits
  bool forced_end = false;          // forced_eos_token_id is the end token
};

// kInvalid, naming file, key, value and remedy, for what a translator of ours cannot do (other
// norms, other activations, bad words of several tokens).
Result<MarianConfig> read_marian_config(const std::filesystem::path& folder);

// The tensor of a parameter of ours; empty when the name is none of a translator's.
std::string marian_name(const std::string& parameter, const TranslatorConfig& config);

struct MarianMap {
  struct Pair {
    std::string parameter, tensor;
  };
  std::vector<Pair> pairs;          // in the order of what was wanted
  std::string output_bias;          // final_logits_bias, [1, vocabulary]; empty: the file has none
  std::vector<std::string> unused;  // tensors that say nothing new: tied tables, sinusoids
};

// `wanted`: all parameters of a translator of these sizes. An Error tells of everything that is
// missing, unexpected, of another shape or type, at once.
Result<MarianMap> map_marian(const WeightFile& file, std::span<const NamedShape> wanted,
                             const TranslatorConfig& config);

}  // namespace unimo::trainer
