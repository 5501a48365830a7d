#include "trainer/translator/checkpoint.h"

#include <algorithm>
#include <utility>

#include "orchestrator/base/fields.h"
#include "orchestrator/base/json.h"
#include "trainer/model/weights.h"
#include "trainer/weights/marian.h"
#include "trainer/weights/weight_source.h"

namespace unimo::trainer {

namespace {

constexpr int kVersion = 1;

// Empty where there is no text of that name.
std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::span<float> values_of(ParameterStore& store, const std::string& name) {
  const Parameter& parameter = store.at(name);
  return store.values().subspan(static_cast<std::size_t>(parameter.offset),
                                static_cast<std::size_t>(parameter.count));
}

Status check_vocabulary(const TranslationVocabulary& vocabulary, const TranslatorConfig& sizes,
                        const std::filesystem::path& folder) {
  if (vocabulary.source_size() <= sizes.source_vocabulary &&
      vocabulary.target_size() <= sizes.target_vocabulary)
    return ok();
  return fail(ErrorCode::kInvalid,
              "{}: the vocabulary has {} source and {} target ids, the model {} and {}: are the "
              "files of one model?",
              folder.string(), vocabulary.source_size(), vocabulary.target_size(),
              sizes.source_vocabulary, sizes.target_vocabulary);
}

Status read_marian_weights(const WeightFile& file, Translator& model) {
  ParameterStore& store = model.parameters();
  std::vector<NamedShape> wanted;
  for (const Parameter& parameter : store.all())
    wanted.push_back({parameter.spec.name, parameter.spec.shape});
  const MarianMap map = UNIMO_TRY(map_marian(file, wanted, model.config()));
  std::vector<TensorTarget> targets;
  for (const MarianMap::Pair& pair : map.pairs)
    targets.push_back({pair.tensor, values_of(store, pair.parameter)});
  if (!map.output_bias.empty())
    targets.push_back({map.output_bias, values_of(store, "output_bias")});
  UNIMO_TRY(read_tensors(file, targets));
  store.changed();
  return ok();
}

Result<LoadedTranslator> load_marian(const std::filesystem::path& folder) {
  auto vocabulary = UNIMO_TRY(TranslationVocabulary::load(folder));
  TranslatorModel loaded = UNIMO_TRY(load_marian_model(folder));
  UNIMO_TRY(check_vocabulary(vocabulary, loaded.model->config(), folder));
  return LoadedTranslator{.model = std::move(loaded.model),
                          .vocabulary = std::move(vocabulary),
                          .tokens = std::move(loaded.tokens),
                          .source_language = {},
                          .target_language = {}};
}

Result<LoadedTranslator> load_own(const std::filesystem::path& folder) {
  const auto path = folder / "translator.json";
  const Json json = UNIMO_TRY(read_json(path));
  if (!json.is_object() || json.value("version", Json()) != Json(kVersion) ||
      !json.contains("model"))
    return fail(ErrorCode::kInvalid, "{}: version {} of a translator is wanted, with its model",
                path.string(), kVersion);
  const auto sizes = UNIMO_TRY(read_fields<TranslatorConfig>(json["model"], path.string()));
  if (const std::string mistake = translator_config_mistake(sizes); !mistake.empty())
    return fail(ErrorCode::kInvalid, "{}: {}", path.string(), mistake);
  auto vocabulary = UNIMO_TRY(TranslationVocabulary::load(folder));
  UNIMO_TRY(check_vocabulary(vocabulary, sizes, folder));
  auto model = std::make_unique<Translator>(sizes, 0);
  UNIMO_TRY(load_weights(folder / "model.safetensors", model->parameters()));
  TranslationTokens tokens = tokens_of(vocabulary);
  return LoadedTranslator{.model = std::move(model),
                          .vocabulary = std::move(vocabulary),
                          .tokens = std::move(tokens),
                          .source_language = text_at(json, "source_language"),
                          .target_language = text_at(json, "target_language")};
}

}  // namespace

TranslationTokens tokens_of(const TranslationVocabulary& vocabulary) {
  return {.start = vocabulary.pad(),
          .end = vocabulary.end(),
          .never = {vocabulary.pad()},
          .renormalize = true,
          .forced_end = true};
}

Result<TranslatorModel> load_marian_model(const std::filesystem::path& folder) {
  const MarianConfig config = UNIMO_TRY(read_marian_config(folder));
  const int tokens = config.sizes.target_vocabulary;
  for (const std::int32_t token : config.never) {
    if (token >= tokens)
      return fail(ErrorCode::kInvalid, "{}: bad_words_ids has {}: the model has {} tokens",
                  folder.string(), token, tokens);
  }
  if (config.start >= tokens || config.end >= tokens)
    return fail(ErrorCode::kInvalid, "{}: start token {} and end token {}: the model has {} tokens",
                folder.string(), config.start, config.end, tokens);
  const WeightSource source = UNIMO_TRY(open_weights(folder));
  auto model = std::make_unique<Translator>(config.sizes, 0);
  UNIMO_TRY(read_marian_weights(source.file, *model));
  return TranslatorModel{.model = std::move(model),
                         .tokens = {.start = config.start,
                                    .end = config.end,
                                    .never = config.never,
                                    .renormalize = config.renormalize,
                                    .forced_end = config.forced_end}};
}

Result<LoadedTranslator> load_translator(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder / "translator.json")) return load_own(folder);
  if (std::filesystem::exists(folder / "config.json")) return load_marian(folder);
  return fail(ErrorCode::kNotFound,
              "{}: no translator here: neither translator.json (what the stage translator writes) "
              "nor config.json (a Marian model in Hugging Face's form)",
              folder.string());
}

Status save_translator(const std::filesystem::path& folder, const Translator& model,
                       const TranslationVocabulary& vocabulary,
                       const TranslatorDescription& description) {
  UNIMO_TRY(save_weights(folder / "model.safetensors", model.parameters()));
  UNIMO_TRY(vocabulary.save(folder));
  return write_json(folder / "translator.json", {{"version", kVersion},
                                                 {"model", write_fields(model.config())},
                                                 {"source_language", description.source_language},
                                                 {"target_language", description.target_language},
                                                 {"vocabulary_digest", vocabulary.digest()}});
}

}  // namespace unimo::trainer
