#include "stages/weights/show_weights.h"

#include <map>
#include <numeric>

#include "stages/weights/model_info.h"
#include "trainer/weights/detector_map.h"
#include "trainer/weights/roberta.h"
#include "trainer/weights/unimo_sizes.h"

namespace unimo::stages {

namespace {

using trainer::WeightNames;
using trainer::WeightSource;

// The lines of a message that tells of several mistakes.
void add_lines(const std::string& message, std::vector<std::string>& lines) {
  for (std::size_t begin = 0; begin <= message.size();) {
    const std::size_t end = std::min(message.find('\n', begin), message.size());
    lines.push_back(message.substr(begin, end - begin));
    begin = end + 1;
  }
}

template <class T>
std::optional<T> value_or_mistake(Result<T> result, ShownWeights& shown) {
  if (result) return std::move(*result);
  add_lines(result.error().message, shown.mistakes);
  return std::nullopt;
}

Result<trainer::ModelConfig> checkpoint_sizes(const std::filesystem::path& folder) {
  const ModelInfo info = UNIMO_TRY(read_model_info(folder));
  return info.model;
}

// Which parameter each tensor is, and what is wrong with them as a whole.
std::map<std::string, std::string> match_roberta(const WeightSource& source, ShownWeights& shown) {
  std::map<std::string, std::string> parameters;
  if (!source.config) {
    shown.mistakes.push_back(
        fmt::format("{}: no config.json: sizes and heads are not known", source.folder.string()));
    return parameters;
  }
  shown.sizes = value_or_mistake(trainer::read_roberta_config(*source.config), shown);
  if (!shown.sizes) return parameters;
  const auto wanted = trainer::text_parameters(*shown.sizes);
  if (const auto map = value_or_mistake(trainer::map_roberta(source.file, wanted), shown)) {
    for (const auto& pair : map->pairs) parameters[pair.tensor] = pair.parameter;
    if (!map->token_types.empty()) parameters[map->token_types] = "pos_embedding (added)";
    shown.new_parts = map->missing;
  }
  return parameters;
}

std::map<std::string, std::string> match_unimo(const WeightSource& source, ShownWeights& shown) {
  std::map<std::string, std::string> parameters;
  shown.sizes = value_or_mistake(source.is_checkpoint
                                     ? checkpoint_sizes(source.folder)
                                     : trainer::sizes_of_unimo(source.file, source.config, {}),
                                 shown);
  if (!shown.sizes) return parameters;
  for (const trainer::NamedShape& wanted : trainer::text_parameters(*shown.sizes)) {
    if (source.file.find(wanted.name) == nullptr && trainer::is_language_head(wanted.name)) {
      shown.new_parts.push_back(wanted.name);
      continue;
    }
    const std::string mistake = trainer::tensor_mistake(source.file, wanted.name, wanted.shape);
    if (!mistake.empty()) shown.mistakes.push_back(mistake);
    parameters[wanted.name] = wanted.name;
  }
  return parameters;
}

std::map<std::string, std::string> match_detector(const WeightSource& source, ShownWeights& shown) {
  std::map<std::string, std::string> parameters;
  const trainer::DetectorMap map = trainer::map_detector(source.file);
  shown.detector = map.sizes;
  shown.detector_format = trainer::to_string(map.format);
  for (const auto& pair : map.pairs) {
    parameters[pair.source.tensor] = pair.tensor.name;
    if (!pair.source.divisor.empty()) parameters[pair.source.divisor] = "divisor of the norm";
  }
  if (const auto whole = trainer::check_complete(map, source.file); !whole)
    add_lines(whole.error().message, shown.mistakes);
  return parameters;
}

}  // namespace

std::int64_t ShownWeights::values() const {
  std::int64_t total = 0;
  for (const ShownTensor& tensor : tensors) {
    std::int64_t count = 1;
    for (const std::int64_t side : tensor.shape) count *= side;
    total += count;
  }
  return total;
}

std::uint64_t ShownWeights::bytes() const {
  return std::accumulate(tensors.begin(), tensors.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const ShownTensor& t) { return sum + t.bytes; });
}

Result<ShownWeights> look_at_weights(const std::filesystem::path& path) {
  const WeightSource source = UNIMO_TRY(trainer::open_weights(path));
  ShownWeights shown;
  shown.path = path;
  shown.format = source.file.format();
  shown.names = source.names;
  std::map<std::string, std::string> parameters;
  if (source.names == WeightNames::kRoberta) parameters = match_roberta(source, shown);
  if (source.names == WeightNames::kUnimo) parameters = match_unimo(source, shown);
  if (source.names == WeightNames::kDetector) parameters = match_detector(source, shown);
  for (const auto& [name, tensor] : source.file.tensors()) {
    const auto found = parameters.find(name);
    shown.tensors.push_back({.name = name,
                             .type = std::string(trainer::type_name(tensor.type)),
                             .shape = tensor.shape,
                             .bytes = tensor.bytes(),
                             .parameter = found == parameters.end() ? "" : found->second});
  }
  for (std::string& mistake : trainer::bad_tensors(source.file))
    shown.mistakes.push_back(std::move(mistake));
  return shown;
}

}  // namespace unimo::stages
