// Weights from files into a model and back: this project's own, a RoBERTa, or a published UNIMO, in
// any form that trainer/weights reads.
//
// Every mistake of a file is an Error that names the tensor: missing, unexpected, of another shape,
// not finite, not of a floating type. All tensors are checked before the first value is written: a
// bad file leaves the store as it was.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "trainer/model/parameters.h"
#include "trainer/weights/roberta.h"
#include "trainer/weights/weight_source.h"

namespace unimo::trainer {

struct LoadReport {
  std::vector<std::string> loaded;   // parameters of the model
  std::vector<std::string> missing;  // parameters the file lacks; they keep their random start
  std::vector<std::string> unused;   // tensors of the file that the model has no place for
};

// A file with this project's names. Parameters that are not `required` may be missing (a new head),
// and heads of another task may be unused: the report says so.
Result<LoadReport> load_weights(const std::filesystem::path& path, ParameterStore& store);

// A RoBERTa's file or folder into the text part of the model: names mapped, the token-type row
// added to the position table (which gives the same sums). Without a language-model head in the
// file that head stays random.
Result<LoadReport> load_roberta(const std::filesystem::path& path, ParameterStore& store);

// Weights that others published, RoBERTa's or UNIMO's. What a RoBERTa has not (image embeddings,
// pooled outputs, match and region heads) stays random, and so does the language-model head of a
// checkpoint that was fine-tuned without it; the report names every parameter. (The official code
// starts a `mask_lm_trans_layer_norm_bias` that is not in the checkpoint at 1, here it starts at 0
// as every other bias.) Moments of an optimiser and heads of tasks are unused.
Result<LoadReport> load_published(const WeightSource& source, ParameterStore& store);

// Writes all parameters, fp32, in the order of the store; syncs. `metadata` stands in the header.
Status save_weights(const std::filesystem::path& path, const ParameterStore& store,
                    const std::map<std::string, std::string>& metadata = {});

}  // namespace unimo::trainer
