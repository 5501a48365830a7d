#include "orchestrator/base/file.h"
#include "stages/schema/weights.h"
#include "stages/weights/model_info.h"
#include "stages/weights/vocabulary_files.h"
#include "stages/weights/weights.h"
#include "trainer/weights/paddle_folder.h"
#include "trainer/weights/roberta.h"
#include "trainer/weights/safetensors.h"
#include "trainer/weights/unimo_sizes.h"
#include "trainer/weights/weight_source.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// All values of a checkpoint, side by side, and the tensors that they are.
struct Weights {
  std::vector<float> values;
  std::vector<trainer::FloatTensor> tensors;
};

Result<Weights> read_all(const trainer::WeightFile& file) {
  std::vector<trainer::TensorTarget> targets;
  std::size_t total = 0;
  for (const auto& [name, tensor] : file.tensors()) {
    if (!trainer::is_floating(tensor.type)) continue;
    total += static_cast<std::size_t>(tensor.count());
  }
  Weights all;
  all.values.resize(total);
  std::span<float> rest = all.values;
  for (const auto& [name, tensor] : file.tensors()) {
    if (!trainer::is_floating(tensor.type)) continue;
    const auto values = rest.first(static_cast<std::size_t>(tensor.count()));
    rest = rest.subspan(values.size());
    targets.push_back({name, values});
    all.tensors.push_back({name, tensor.shape, values});
  }
  UNIMO_TRY(trainer::read_tensors(file, targets));
  return all;
}

Json roberta_config(const trainer::ModelConfig& c) {
  return {{"architectures", {"RobertaForMaskedLM"}},
          {"attention_probs_dropout_prob", c.attention_dropout},
          {"bos_token_id", 0},
          {"dtype", "float32"},
          {"eos_token_id", 2},
          {"hidden_act", "gelu"},
          {"hidden_dropout_prob", c.dropout},
          {"hidden_size", c.hidden},
          {"initializer_range", c.init_deviation},
          {"intermediate_size", c.ffn},
          {"layer_norm_eps", 1e-5},
          {"max_position_embeddings", c.positions},
          {"model_type", "roberta"},
          {"num_attention_heads", c.heads},
          {"num_hidden_layers", c.layers},
          {"pad_token_id", 1},
          {"tie_word_embeddings", true},
          {"type_vocab_size", 1},
          {"vocab_size", c.vocabulary}};
}

// The text part by Hugging Face's names, with the table of segments that UNIMO does not have.
Status export_roberta(const Weights& all, const trainer::ModelConfig& model, const fs::path& to) {
  std::vector<trainer::FloatTensor> tensors;
  for (const trainer::FloatTensor& tensor : all.tensors) {
    std::string name = trainer::roberta_name(tensor.name);
    if (!name.empty()) tensors.push_back({std::move(name), tensor.shape, tensor.values});
  }
  const std::vector<float> no_segment(static_cast<std::size_t>(model.hidden), 0.0F);
  tensors.push_back({std::string(trainer::kTokenTypeTable), {1, model.hidden}, no_segment});
  UNIMO_TRY(trainer::write_safetensors(to / "model.safetensors", tensors, {{"format", "pt"}}));
  return write_json(to / "config.json", roberta_config(model));
}

Status export_unimo(const Weights& all, const trainer::ModelConfig& model, const fs::path& to) {
  UNIMO_TRY(trainer::write_safetensors(to / "model.safetensors", all.tensors, {{"format", "pt"}}));
  return write_json(to / "config.json", trainer::unimo_config(model));
}

Status export_paddle(const Weights& all, const trainer::ModelConfig& model, const fs::path& to) {
  UNIMO_TRY(make_directories(to / "params"));
  UNIMO_TRY(trainer::write_paddle_folder(to / "params", all.tensors));
  return write_json(to / "config.json", trainer::unimo_config(model));
}

Status copy_vocabulary(const fs::path& from, const fs::path& to) {
  UNIMO_TRY(make_directories(to));
  const auto names = UNIMO_TRY(list_files(from));
  for (const std::string& name : names) {
    const std::string bytes = UNIMO_TRY(read_file(from / name));
    UNIMO_TRY(write_file_atomic(to / name, bytes));
  }
  return ok();
}

Status export_vocabulary(const std::string& format, const fs::path& from, int positions,
                         StageContext& context) {
  bool written = false;
  if (format == "roberta")
    written = UNIMO_TRY(write_roberta_vocabulary(from, positions, context.output()));
  if (format == "paddle")
    written = UNIMO_TRY(write_official_vocabulary(from, context.output() / "dict"));
  if (written) return ok();
  if (format != "unimo") {
    context.events().note("warning",
                          "the vocabulary is not RoBERTa's byte-level BPE: it is in tokenizer/, as "
                          "this project reads it");
  }
  return copy_vocabulary(from, context.output() / "tokenizer");
}

// A checkpoint whose model.json is not of its weights would become a folder that nobody can load.
Status check_weights(const trainer::WeightFile& file, const trainer::ModelConfig& model) {
  std::vector<Error> mistakes;
  for (const trainer::NamedShape& wanted : trainer::text_parameters(model)) {
    std::string mistake = trainer::tensor_mistake(file, wanted.name, wanted.shape);
    if (!mistake.empty()) mistakes.push_back({ErrorCode::kInvalid, std::move(mistake)});
  }
  if (!mistakes.empty()) return tl::unexpected(join_errors(mistakes));
  return ok();
}

}  // namespace

Status run_export_weights(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<ExportWeightsParams>());
  const fs::path checkpoint = UNIMO_TRY(context.input("checkpoint"));
  const ModelInfo info = UNIMO_TRY(read_model_info(checkpoint));
  const trainer::WeightSource source = UNIMO_TRY(trainer::open_weights(checkpoint));
  UNIMO_TRY(check_weights(source.file, info.model));
  const Weights all = UNIMO_TRY(read_all(source.file));
  if (params.format == "roberta") {
    UNIMO_TRY(export_roberta(all, info.model, context.output()));
  } else if (params.format == "unimo") {
    UNIMO_TRY(export_unimo(all, info.model, context.output()));
  } else {
    UNIMO_TRY(export_paddle(all, info.model, context.output()));
  }
  context.events().count("export.values", static_cast<std::int64_t>(all.values.size()));
  return export_vocabulary(params.format, checkpoint / "tokenizer", info.model.positions, context);
}

}  // namespace unimo::stages
