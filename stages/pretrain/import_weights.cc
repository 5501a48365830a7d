#include "stages/pretrain/import_weights.h"

#include "stages/pretrain/model_artifact.h"
#include "stages/schema/weights.h"
#include "stages/weights/vocabulary_files.h"
#include "trainer/model/weights.h"
#include "trainer/objectives/match.h"
#include "trainer/weights/unimo_sizes.h"

namespace unimo::stages {

namespace {

// Sizes and match scores of the model that the weights become.
Result<ModelInfo> info_of(const trainer::WeightSource& source, const ImportWeightsParams& params) {
  const trainer::ChosenSizes chosen{.heads = params.heads,
                                    .feature_size = params.feature_size,
                                    .class_size = params.class_size,
                                    .pooled = params.pooled};
  ModelInfo info;
  if (source.is_checkpoint) {
    info = UNIMO_TRY(read_model_info(source.folder));
  } else if (source.names == trainer::WeightNames::kRoberta) {
    if (!source.config) {
      return fail(ErrorCode::kNotFound,
                  "{}: no config.json beside a RoBERTa: its number of heads stands nowhere else",
                  source.folder.string());
    }
    info.model = UNIMO_TRY(trainer::sizes_of_roberta(*source.config, chosen));
  } else if (source.names == trainer::WeightNames::kUnimo) {
    info.model = UNIMO_TRY(trainer::sizes_of_unimo(source.file, source.config, chosen));
  } else {
    return fail(ErrorCode::kInvalid,
                "{}: neither a RoBERTa nor a UNIMO: there is no word table, "
                "roberta.embeddings.word_embeddings.weight or word_embedding",
                source.file.path().string());
  }
  info.model.dropout = params.dropout;
  info.model.attention_dropout = params.attention_dropout;
  info.model.init_deviation = params.init_deviation;
  info.task = "import";
  return info;
}

std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 40;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
    text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kMost) text += fmt::format(" and {} more", names.size() - kMost);
  return text;
}

void tell(const trainer::LoadReport& report, EventWriter& events) {
  events.count("import.loaded", static_cast<std::int64_t>(report.loaded.size()));
  events.count("import.new", static_cast<std::int64_t>(report.missing.size()));
  events.count("import.unused", static_cast<std::int64_t>(report.unused.size()));
  if (!report.missing.empty())
    events.note("info", "new, drawn from the seed: " + list_of(report.missing));
  if (!report.unused.empty())
    events.note("info", "in the file, without a place in the model: " + list_of(report.unused));
}

}  // namespace

Status run_import_weights(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<ImportWeightsParams>());
  const auto raw = UNIMO_TRY(context.input("raw"));
  const trainer::WeightSource source = UNIMO_TRY(trainer::open_weights(raw));
  ModelInfo info = UNIMO_TRY(info_of(source, params));
  const auto vocabulary_folder =
      context.has_input("tokenizer") ? UNIMO_TRY(context.input("tokenizer")) : source.folder;
  const auto tokenizer = UNIMO_TRY(find_vocabulary(vocabulary_folder));
  if (tokenizer->vocabulary_size() != static_cast<std::size_t>(info.model.vocabulary)) {
    return fail(ErrorCode::kInvalid,
                "{}: the vocabulary has {} pieces, the word table of {} has {} rows: they do not "
                "belong together",
                vocabulary_folder.string(), tokenizer->vocabulary_size(), raw.string(),
                info.model.vocabulary);
  }
  info.tokenizer_digest = tokenizer->digest();
  trainer::Unimo model(info.model, context.seed());
  trainer::start_match_head(model);
  tell(UNIMO_TRY(trainer::load_published(source, model.parameters())), context.events());
  return write_model_artifact(context.output(), info, model, *tokenizer);
}

}  // namespace unimo::stages
