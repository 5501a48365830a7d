// Weights of a model from files: this project's own, or a RoBERTa as Hugging Face writes it.
//
// Every mistake of a file is an Error that names the tensor: missing, unexpected, of another shape,
// not finite, not of a floating type. The store is changed only when the whole file is good.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/config/model.h"
#include "trainer/model/parameters.h"

namespace unimo::trainer {

struct LoadReport {
  std::vector<std::string> loaded;   // parameters of the model
  std::vector<std::string> missing;  // parameters the file lacks; they keep their random start
  std::vector<std::string> unused;   // tensors of the file that the model has no place for
};

// A file with this project's names. Parameters that are not `required` may be missing (a new head),
// and heads of another task may be unused: the report says so.
Result<LoadReport> load_weights(const std::filesystem::path& path, ParameterStore& store);

// Writes all parameters, fp32, in the order of the store; syncs. `metadata` stands in the header.
Status save_weights(const std::filesystem::path& path, const ParameterStore& store,
                    const std::map<std::string, std::string>& metadata = {});

// The sizes in a RoBERTa's config.json; kInvalid, naming the key, when it is not a model that UNIMO
// can start from.
Result<ModelConfig> read_roberta_config(const std::filesystem::path& path);

// A RoBERTa's model.safetensors into the text part of the model: names mapped, the token-type row
// added to the position table (which gives the same sums). Without a language-model head in the
// file that head stays random.
Result<LoadReport> load_roberta(const std::filesystem::path& path, ParameterStore& store);

// "roberta.encoder.layer.0.output.dense.bias" for "encoder_layer_0_ffn_fc_1.b_0"; empty when
// RoBERTa has no such part.
std::string roberta_name(std::string_view unimo_name);

}  // namespace unimo::trainer
