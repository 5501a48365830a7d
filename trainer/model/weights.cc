#include "trainer/model/weights.h"

#include <algorithm>

#include "trainer/weights/safetensors.h"

namespace unimo::trainer {

namespace {

std::span<float> values_of(const Parameter& parameter, ParameterStore& store) {
  return store.values().subspan(static_cast<std::size_t>(parameter.offset),
                                static_cast<std::size_t>(parameter.count));
}

// Reads what has been looked at, and says what was loaded.
Status read_into(const WeightFile& file, const std::vector<RobertaMap::Pair>& pairs,
                 ParameterStore& store, LoadReport& report) {
  std::vector<TensorTarget> targets;
  for (const RobertaMap::Pair& pair : pairs) {
    targets.push_back({pair.tensor, values_of(store.at(pair.parameter), store)});
    report.loaded.push_back(pair.parameter);
  }
  UNIMO_TRY(read_tensors(file, targets));
  store.changed();
  return ok();
}

// `head_may_lack`: the language-model head, as a whole.
Result<LoadReport> load_own_names(const WeightFile& file, ParameterStore& store,
                                  bool head_may_lack) {
  const bool has_head = std::ranges::any_of(
      file.tensors(), [](const auto& tensor) { return is_language_head(tensor.first); });
  LoadReport report;
  std::vector<RobertaMap::Pair> pairs;
  std::vector<Error> mistakes;
  for (const Parameter& parameter : store.all()) {
    const std::string& name = parameter.spec.name;
    const bool optional =
        !parameter.spec.required || (head_may_lack && !has_head && is_language_head(name));
    if (file.find(name) == nullptr && optional) {
      report.missing.push_back(name);
      continue;
    }
    std::string mistake = tensor_mistake(file, name, parameter.spec.shape);
    if (!mistake.empty()) mistakes.push_back({ErrorCode::kInvalid, std::move(mistake)});
    pairs.push_back({.parameter = name, .tensor = name});
  }
  if (!mistakes.empty()) return tl::unexpected(join_errors(mistakes));
  for (const auto& [name, tensor] : file.tensors()) {
    if (store.find(name) == nullptr) report.unused.push_back(name);
  }
  UNIMO_TRY(read_into(file, pairs, store, report));
  return report;
}

// The token-type row into every row of the position table.
void fold_token_type(std::span<const float> row, ParameterStore& store) {
  const std::span<float> positions = values_of(store.at("pos_embedding"), store);
  for (std::size_t i = 0; i < positions.size(); ++i) positions[i] += row[i % row.size()];
}

Result<LoadReport> load_roberta_names(const WeightFile& file, ParameterStore& store) {
  std::vector<NamedShape> wanted;
  LoadReport report;
  for (const Parameter& parameter : store.all()) {
    if (roberta_name(parameter.spec.name).empty()) {
      report.missing.push_back(parameter.spec.name);
    } else {
      wanted.push_back({parameter.spec.name, parameter.spec.shape});
    }
  }
  const RobertaMap map = UNIMO_TRY(map_roberta(file, wanted));
  report.missing.insert(report.missing.end(), map.missing.begin(), map.missing.end());
  report.unused = map.unused;
  std::vector<float> types;
  if (!map.token_types.empty()) {
    types.resize(static_cast<std::size_t>(file.find(map.token_types)->count()));
    UNIMO_TRY(file.read_floats(map.token_types, types));
  }
  UNIMO_TRY(read_into(file, map.pairs, store, report));
  const auto hidden = static_cast<std::size_t>(store.at("pos_embedding").spec.shape[1]);
  if (!types.empty()) fold_token_type(std::span(types).first(hidden), store);
  return report;
}

}  // namespace

Result<LoadReport> load_weights(const std::filesystem::path& path, ParameterStore& store) {
  const WeightSource source = UNIMO_TRY(open_weights(path));
  return load_own_names(source.file, store, false);
}

Result<LoadReport> load_roberta(const std::filesystem::path& path, ParameterStore& store) {
  const WeightSource source = UNIMO_TRY(open_weights(path));
  return load_roberta_names(source.file, store);
}

Result<LoadReport> load_published(const WeightSource& source, ParameterStore& store) {
  if (source.names == WeightNames::kRoberta) return load_roberta_names(source.file, store);
  return load_own_names(source.file, store, true);
}

Status save_weights(const std::filesystem::path& path, const ParameterStore& store,
                    const std::map<std::string, std::string>& metadata) {
  std::vector<FloatTensor> tensors;
  for (const Parameter& p : store.all()) {
    tensors.push_back({p.spec.name, p.spec.shape,
                       store.values().subspan(static_cast<std::size_t>(p.offset),
                                              static_cast<std::size_t>(p.count))});
  }
  return write_safetensors(path, tensors, metadata);
}

}  // namespace unimo::trainer
