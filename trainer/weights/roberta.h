// A RoBERTa as Hugging Face writes it: its config.json, and which of its tensors is which parameter
// of UNIMO. Tensor-free; the values are read by trainer/model/weights.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/model.h"
#include "trainer/weights/parameter_names.h"
#include "trainer/weights/weight_file.h"

namespace unimo::trainer {

// The sizes in a RoBERTa's config.json; kInvalid, naming the key, when it is not a model that UNIMO
// can start from (other activation, other epsilon).
Result<ModelConfig> read_roberta_config(const std::filesystem::path& path);

// Whether the names are RoBERTa's, with or without the prefix "roberta.".
bool is_roberta(const WeightFile& file);

// What is wrong with a tensor that must have this shape: missing, no floating type, another shape.
// Empty when nothing is.
std::string tensor_mistake(const WeightFile& file, const std::string& name,
                           const std::vector<std::int64_t>& shape);

struct RobertaMap {
  struct Pair {
    std::string parameter;  // UNIMO's name
    std::string tensor;     // the file's
  };
  std::vector<Pair> pairs;           // in the order of what was wanted
  std::string token_types;           // the table of segments; empty: the file has none
  std::vector<std::string> missing;  // parameters of the language-model head, in an encoder alone
  std::vector<std::string> unused;   // tensors that say nothing new
};

// `wanted` by UNIMO's names, the word table first. An Error tells of everything that is missing,
// unexpected, of another shape or type, at once.
//
// UNIMO has no segments: the first row of the table of segments, which is the one that every token
// of a RoBERTa uses, belongs into every row of the position table (the sums stay the same).
Result<RobertaMap> map_roberta(const WeightFile& file, std::span<const NamedShape> wanted);

}  // namespace unimo::trainer
