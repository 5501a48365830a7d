#include "stages/translate/back_translate.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "orchestrator/base/json.h"
#include "stages/ingest/records.h"
#include "stages/schema/translation.h"
#include "stages/translate/back_translation.h"
#include "trainer/loop/numerics.h"

namespace unimo::stages {

namespace {

Result<std::vector<Pivot>> load_pivots(const StageContext& context) {
  const auto forward = context.inputs("forward"), backward = context.inputs("backward");
  if (forward.size() != backward.size()) {
    return fail(
        ErrorCode::kInvalid,
        "{}: {} translators forward and {} backward: one of each is needed for every pivot, "
        "in the same order",
        context.job().task, forward.size(), backward.size());
  }
  std::vector<Pivot> pivots;
  for (std::size_t i = 0; i < forward.size(); ++i) {
    auto there = UNIMO_TRY(trainer::load_translator(forward[i].path));
    auto back = UNIMO_TRY(trainer::load_translator(backward[i].path));
    const bool named = !there.target_language.empty() && !back.source_language.empty();
    if (named && there.target_language != back.source_language) {
      return fail(ErrorCode::kInvalid,
                  "{}: translator {} of forward writes {}, that of backward reads {}: are they in "
                  "the same order?",
                  context.job().task, i, there.target_language, back.source_language);
    }
    pivots.push_back({.forward = std::move(there), .backward = std::move(back)});
  }
  return pivots;
}

// Captions may hold bytes that are not UTF-8; JSON may not.
std::string line_of(const Json& line) {
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

class BackTranslateRun {
 public:
  BackTranslateRun(StageContext& context, BackTranslateParams params)
      : context_(context), params_(std::move(params)) {}

  Status run() {
    trainer::use_threads(context_.job().resources.cores);
    pivots_ = UNIMO_TRY(load_pivots(context_));
    UNIMO_TRY(check_lengths());
    folder_ = UNIMO_TRY(context_.input("captions"));
    UNIMO_TRY(read_splits());
    UNIMO_TRY(open_files());
    translator_ = std::make_unique<BackTranslator>(pivots_, params_, context_.seed());
    UNIMO_TRY(visit_captions(folder_, [&](CaptionRecord& caption) { return take(caption); }));
    UNIMO_TRY(translate_waiting());
    UNIMO_TRY(close());
    return report();
  }

 private:
  Status check_length(const trainer::TranslationSearchConfig& search,
                      const trainer::LoadedTranslator& translator) const {
    const int positions = translator.model->config().positions;
    if (search.max_length <= positions) return ok();
    return fail(ErrorCode::kInvalid,
                "{}: max_length {} does not fit the {} positions of a translator; lower it",
                context_.job().task, search.max_length, positions);
  }

  Status check_lengths() const {
    for (const Pivot& pivot : pivots_) {
      UNIMO_TRY(check_length(params_.forward, pivot.forward));
      UNIMO_TRY(check_length(params_.backward, pivot.backward));
    }
    return ok();
  }

  Status read_splits() {
    return visit_images(folder_, [&](ImageRecord& image) {
      const auto& splits = params_.splits;
      const bool wanted = splits.empty() || std::ranges::find(splits, image.split) != splits.end();
      if (wanted) ++wanted_images_;
      wanted_.emplace(std::move(image.id), wanted);
      return ok();
    });
  }

  Status open_files() {
    UNIMO_TRY(open_file(contrasts_, "contrasts.jsonl"));
    return open_file(translations_, "translations.jsonl");
  }

  Status open_file(std::ofstream& file, const char* name) const {
    file.open(context_.output() / name, std::ios::binary);
    if (file) return ok();
    return fail(ErrorCode::kIo, "{}: cannot be written", (context_.output() / name).string());
  }

  Status take(const CaptionRecord& caption) {
    const auto image = wanted_.find(caption.image);
    if (image == wanted_.end() || !image->second) {
      ++other_splits_;
      return ok();
    }
    waiting_.push_back({caption.id, caption.text});
    const auto most = static_cast<std::size_t>(params_.captions_together);
    return waiting_.size() < most ? ok() : translate_waiting();
  }

  Status translate_waiting() {
    if (waiting_.empty()) return ok();
    const auto found = UNIMO_TRY(translator_->translate(waiting_));
    for (std::size_t i = 0; i < waiting_.size(); ++i) write(waiting_[i], found[i]);
    done_ += static_cast<std::int64_t>(waiting_.size());
    waiting_.clear();
    context_.events().progress(done_, 0, "captions");
    if (!contrasts_ || !translations_)
      return fail(ErrorCode::kIo, "{}: writing broke off", context_.output().string());
    return ok();
  }

  void write(const SourceCaption& caption, const BackTranslated& found) {
    if (!found.positives.empty()) {
      contrasts_ << line_of({{"caption", caption.id}, {"positives", found.positives}}) << '\n';
    }
    Json all = Json::array();
    for (const BackTranslation& one : found.all) {
      all.push_back({{"pivot", one.pivot},
                     {"pivot_text", one.pivot_text},
                     {"pivot_score", one.pivot_score},
                     {"text", one.text},
                     {"score", one.score},
                     {"fate", one.fate}});
    }
    translations_ << line_of({{"caption", caption.id},
                              {"text", caption.text},
                              {"translations", std::move(all)}})
                  << '\n';
  }

  Status close() {
    contrasts_.close();
    translations_.close();
    if (!contrasts_ || !translations_)
      return fail(ErrorCode::kIo, "{}: writing broke off", context_.output().string());
    return ok();
  }

  Status report() {
    Json counts = translator_->counts().to_json();
    counts["captions.other_splits"] = other_splits_;
    for (const auto& [name, count] : counts.items())
      context_.events().count("back_translate." + name, count.get<std::int64_t>());
    if (done_ == 0) {
      context_.events().note(
          "warning", fmt::format("no caption of the splits {} was found: {} image(s) are of them",
                                 fmt::join(params_.splits, ", "), wanted_images_));
    }
    Json languages = Json::array();
    for (const Pivot& pivot : pivots_) languages.push_back(pivot.forward.target_language);
    return write_json(context_.output() / "statistics.json",
                      {{"counts", std::move(counts)}, {"pivots", std::move(languages)}});
  }

  StageContext& context_;
  BackTranslateParams params_;
  std::filesystem::path folder_;
  std::vector<Pivot> pivots_;
  std::unordered_map<std::string, bool> wanted_;  // by image; looked up only
  std::int64_t wanted_images_ = 0, other_splits_ = 0, done_ = 0;
  std::vector<SourceCaption> waiting_;
  std::unique_ptr<BackTranslator> translator_;
  std::ofstream contrasts_, translations_;
};

}  // namespace

Status run_back_translate(StageContext& context) {
  auto params = UNIMO_TRY(context.params<BackTranslateParams>());
  return BackTranslateRun(context, std::move(params)).run();
}

}  // namespace unimo::stages
