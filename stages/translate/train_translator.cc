#include "stages/translate/train_translator.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "evaluators/bleu.h"
#include "orchestrator/base/json.h"
#include "stages/pretrain/event_sink.h"
#include "stages/pretrain/process_group.h"
#include "stages/schema/translation.h"
#include "stages/translate/parallel_text.h"
#include "trainer/loop/train_loop.h"
#include "trainer/translator/checkpoint.h"
#include "trainer/translator/translate.h"
#include "trainer/translator/translation_objective.h"

namespace unimo::stages {

namespace {

using trainer::TranslationPair;
using trainer::TranslationVocabulary;
using trainer::Translator;

struct Lengths {
  std::int64_t too_long = 0;
};

// As ids, without the pairs that are too long.
std::vector<TranslationPair> encode_pairs(const ParallelText& text,
                                          const TranslationVocabulary& vocabulary,
                                          std::int64_t most, Lengths& lengths) {
  std::vector<TranslationPair> pairs;
  for (std::size_t i = 0; i < text.sources.size(); ++i) {
    TranslationPair pair{.source = vocabulary.encode_source(text.sources[i]),
                         .target = vocabulary.encode_target(text.targets[i])};
    const auto longest =
        static_cast<std::int64_t>(std::max(pair.source.size(), pair.target.size()));
    if (longest > most)
      ++lengths.too_long;
    else
      pairs.push_back(std::move(pair));
  }
  return pairs;
}

class TranslatorTraining {
 public:
  TranslatorTraining(StageContext& context, TranslatorParams params)
      : context_(context), params_(std::move(params)) {}

  Status run() {
    UNIMO_TRY(check());
    group_ = UNIMO_TRY(ProcessGroup::start(context_, params_.train));
    UNIMO_TRY(read_text());
    UNIMO_TRY(make_model());
    UNIMO_TRY(encode());
    UNIMO_TRY(group_->join());
    return group_->end(work());
  }

 private:
  std::string task() const { return context_.job().task; }

  Status check() const {
    if (params_.files.empty())
      return fail(ErrorCode::kInvalid, "{}: files is empty: name the parallel text to learn from",
                  task());
    if (params_.train.precision != "auto" && params_.train.precision != "fp32")
      return fail(ErrorCode::kInvalid, "{}: train.precision {}: translators are trained in fp32",
                  task(), params_.train.precision);
    if (params_.train.device.kind != "cpu")
      return fail(ErrorCode::kInvalid,
                  "{}: train.device.kind {}: translators are trained on the processor", task(),
                  params_.train.device.kind);
    if (params_.batch_tokens < 2 * params_.max_tokens)
      return fail(ErrorCode::kInvalid,
                  "{}: batch_tokens {} does not hold a pair of {} and {} tokens; raise it or lower "
                  "max_tokens",
                  task(), params_.batch_tokens, params_.max_tokens, params_.max_tokens);
    return ok();
  }

  Status read_text() {
    std::vector<std::filesystem::path> folders;
    for (const InputItem& item : context_.inputs("text")) folders.push_back(item.path);
    text_ = UNIMO_TRY(read_parallel_text(folders, params_.files));
    held_out_ = UNIMO_TRY(read_parallel_text(folders, params_.held_out));
    if (text_.sources.empty())
      return fail(ErrorCode::kInvalid, "{}: the parallel text has no pair", task());
    return ok();
  }

  Status make_model() {
    if (context_.has_input("init")) {
      const auto folder = UNIMO_TRY(context_.input("init"));
      auto loaded = UNIMO_TRY(trainer::load_translator(folder));
      if (loaded.tokens.start != loaded.vocabulary.pad())
        return fail(ErrorCode::kInvalid,
                    "{}: targets start with token {}, not with the padding {}: only such "
                    "translators can be trained on",
                    folder.string(), loaded.tokens.start, loaded.vocabulary.pad());
      tokens_ = std::move(loaded.tokens);
      vocabulary_.emplace(std::move(loaded.vocabulary));
      return take_init(*loaded.model);
    }
    const TranslationVocabularyParams& v = params_.vocabulary;
    vocabulary_.emplace(UNIMO_TRY(TranslationVocabulary::train(
        text_.sources, text_.targets,
        {.size = v.size, .joint = v.joint, .character_coverage = v.character_coverage})));
    tokens_ = trainer::tokens_of(*vocabulary_);
    const auto config = translator_config(params_.model, vocabulary_->source_size(),
                                          vocabulary_->target_size(), vocabulary_->is_joint());
    if (const std::string mistake = trainer::translator_config_mistake(config); !mistake.empty())
      return fail(ErrorCode::kInvalid, "{}: model: {}", task(), mistake);
    model_ = std::make_unique<Translator>(config, context_.seed());
    return ok();
  }

  // The weights of another translator, with the dropout of this training.
  Status take_init(const Translator& init) {
    trainer::TranslatorConfig config = init.config();
    config.dropout = params_.model.dropout;
    config.attention_dropout = params_.model.attention_dropout;
    config.activation_dropout = params_.model.activation_dropout;
    model_ = std::make_unique<Translator>(config, context_.seed());
    const auto from = init.parameters().values();
    std::copy(from.begin(), from.end(), model_->parameters().values().begin());
    model_->parameters().changed();
    return ok();
  }

  Status encode() {
    if (params_.max_tokens > model_->config().positions)
      return fail(ErrorCode::kInvalid,
                  "{}: max_tokens {} does not fit the {} positions of the model", task(),
                  params_.max_tokens, model_->config().positions);
    Lengths lengths, held_out_lengths;
    auto pairs = encode_pairs(text_, *vocabulary_, params_.max_tokens, lengths);
    held_out_pairs_ = encode_pairs(held_out_, *vocabulary_, params_.max_tokens, held_out_lengths);
    if (pairs.empty())
      return fail(ErrorCode::kInvalid,
                  "{}: no pair has at most max_tokens {} tokens on both sides; raise it", task(),
                  params_.max_tokens);
    counts_ = {{"pairs.train", pairs.size()},
               {"pairs.held_out", held_out_pairs_.size()},
               {"left_out.empty", text_.empty + held_out_.empty},
               {"left_out.broken", text_.broken + held_out_.broken},
               {"left_out.too_long", lengths.too_long + held_out_lengths.too_long},
               {"vocabulary.source", vocabulary_->source_size()},
               {"vocabulary.target", vocabulary_->target_size()}};
    options_ = {.seed = context_.seed(),
                .batch_tokens = params_.batch_tokens,
                .micro_batches = params_.micro_batches,
                .label_smoothing = params_.label_smoothing,
                .start = tokens_.start};
    objective_ = std::make_unique<trainer::TranslationObjective>(std::move(pairs), options_);
    return ok();
  }

  Status work() {
    EventSink sink(context_.events());
    trainer::HeldOut held_out;
    if (params_.evaluate.every > 0)
      held_out = {.batches = trainer::held_out_batches(held_out_pairs_, options_),
                  .every = params_.evaluate.every};
    const std::int64_t steps =
        params_.train.steps > 0 ? params_.train.steps : objective_->steps_of(params_.train.epochs);
    const trainer::TrainOptions options{.steps = steps,
                                        .seed = context_.seed(),
                                        .threads = group_->threads(),
                                        .checkpoints = UNIMO_TRY(context_.resume_directory()),
                                        .stop = &StageContext::stop_requested,
                                        .held_out = std::move(held_out),
                                        .comm = &group_->comm()};
    UNIMO_TRY(trainer::train(*model_, *objective_, params_.train, options, sink));
    if (group_->rank() != 0) return ok();
    return publish();
  }

  Status publish() {
    const std::filesystem::path& folder = context_.output();
    UNIMO_TRY(trainer::save_translator(
        folder, *model_, *vocabulary_,
        {.source_language = params_.source_language, .target_language = params_.target_language}));
    for (const auto& [name, count] : counts_.items())
      context_.events().count("translator." + name, count.get<std::int64_t>());
    Json statistics = {{"counts", counts_}};
    UNIMO_TRY(measure_bleu(folder, statistics));
    return write_json(folder / "statistics.json", statistics);
  }

  // Of what was written, so that it is what others will get.
  Status measure_bleu(const std::filesystem::path& folder, Json& statistics) {
    const auto count = std::min(held_out_.sources.size(),
                                static_cast<std::size_t>(params_.evaluate.bleu_sentences));
    if (count == 0) return ok();
    auto translator = UNIMO_TRY(trainer::load_translator(folder));
    std::vector<trainer::TranslationRequest> requests;
    for (std::size_t i = 0; i < count; ++i) requests.push_back({held_out_.sources[i], ""});
    trainer::TranslateOptions options{.search = params_.evaluate.search,
                                      .stop = &StageContext::stop_requested};
    options.search.max_length =
        std::min(options.search.max_length, translator.model->config().positions);
    const auto found = UNIMO_TRY(trainer::translate(translator, requests, options));
    std::vector<eval::CaptionItem> items;
    std::int64_t exact = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string text = found[i].empty() ? std::string() : found[i].front().text;
      exact += text == held_out_.targets[i] ? 1 : 0;
      items.push_back({.candidate = text, .references = {held_out_.targets[i]}});
    }
    const eval::Bleu score = eval::bleu(eval::count_ngrams(items));
    const double bleu = 100 * score.corpus.back();
    const double share = static_cast<double>(exact) / static_cast<double>(count);
    context_.events().metric("heldout.bleu", bleu);
    context_.events().metric("heldout.exact", share);
    statistics["held_out"] = {{"bleu", bleu}, {"exact", share}, {"sentences", count}};
    return ok();
  }

  StageContext& context_;
  TranslatorParams params_;
  std::unique_ptr<ProcessGroup> group_;
  ParallelText text_, held_out_;
  std::optional<TranslationVocabulary> vocabulary_;
  trainer::TranslationTokens tokens_;
  std::unique_ptr<Translator> model_;
  std::vector<TranslationPair> held_out_pairs_;
  trainer::TranslationObjectiveOptions options_;
  std::unique_ptr<trainer::TranslationObjective> objective_;
  Json counts_;
};

}  // namespace

Status run_translator(StageContext& context) {
  auto params = UNIMO_TRY(context.params<TranslatorParams>());
  return TranslatorTraining(context, std::move(params)).run();
}

}  // namespace unimo::stages
