#include "stages/decontaminate/decontaminate.h"

#include <set>

#include "stages/decontaminate/find_pictures.h"
#include "stages/decontaminate/find_texts.h"
#include "stages/decontaminate/held_pictures.h"
#include "stages/decontaminate/held_texts.h"
#include "stages/decontaminate/leak_table.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/decontaminate.h"

namespace unimo::stages {

namespace {

Status check_inputs(const StageContext& context, const DecontaminateParams& params) {
  if (!context.has_input("pairs") && !context.has_input("texts")) {
    return fail(ErrorCode::kInvalid,
                "decontaminate: neither an input pairs nor an input texts; it needs one of them");
  }
  if (!context.has_input("benchmarks") && !context.has_input("ids")) {
    return fail(ErrorCode::kInvalid,
                "decontaminate: nothing is held out; give benchmarks (records) or ids (lists)");
  }
  if (context.has_input("ids") && !params.names) {
    return fail(ErrorCode::kInvalid,
                "decontaminate: the input ids has names, but names is false; give one up");
  }
  if (params.splits.empty()) {
    return fail(ErrorCode::kInvalid, "decontaminate: splits is empty; val and test are usual");
  }
  for (const std::string& split : params.splits) {
    if (!is_known_split(split)) {
      return fail(ErrorCode::kInvalid,
                  "decontaminate: splits: unknown split \"{}\"; known: train, val, test, restval, "
                  "unlabeled",
                  split);
    }
  }
  return ok();
}

TextRemoval removal_of(const std::string& name) {
  if (name == "documents") return TextRemoval::kDocuments;
  return name == "nothing" ? TextRemoval::kNothing : TextRemoval::kSentences;
}

class Decontamination {
 public:
  Decontamination(StageContext& context, DecontaminateParams params, LeakTable leaks)
      : context_(context),
        params_(std::move(params)),
        splits_(params_.splits.begin(), params_.splits.end()),
        leaks_(std::move(leaks)) {}

  Status run() {
    if (context_.has_input("pairs")) UNIMO_TRY(pictures());
    if (context_.has_input("texts")) UNIMO_TRY(texts());
    summary_["thresholds"] = thresholds();
    for (const auto& [name, value] : leaks_.totals()) {
      const bool removed = name.ends_with(".removed");
      context_.events().count(
          removed ? "removed." + name.substr(0, name.find('.')) : "leaks." + name, value);
    }
    quarantine_.report(context_.events());
    UNIMO_TRY(quarantine_.enforce(params_.max_bad_share));
    UNIMO_TRY(quarantine_.write(context_.output() / "quarantine.jsonl"));
    return leaks_.finish(std::move(summary_));
  }

 private:
  Status pictures() {
    const PictureSearch search{.splits = splits_,
                               .names = params_.names,
                               .pixels = params_.bytes || params_.looks,
                               .threads = context_.job().resources.cores};
    auto held = UNIMO_TRY(HeldPictures::create(
        context_.output(), {.bytes = params_.bytes,
                            .looks = params_.looks,
                            .mirrored = params_.mirrored,
                            .hash_distance = static_cast<int>(params_.hash_distance),
                            .correlation = params_.correlation}));
    for (const InputItem& artifact : context_.inputs("benchmarks"))
      UNIMO_TRY(hold_benchmark(context_, artifact, search, held, quarantine_));
    for (const InputItem& list : context_.inputs("ids")) UNIMO_TRY(hold_list(list, held));
    held.build();
    count("held_out", "pictures", static_cast<std::int64_t>(held.pictures()));
    count("held_out", "names", static_cast<std::int64_t>(held.names()));
    std::int64_t checked = 0;
    for (const InputItem& artifact : context_.inputs("pairs")) {
      checked += UNIMO_TRY(find_pictures(context_, artifact, search, held, leaks_, quarantine_));
    }
    count("checked", "pictures", checked);
    return ok();
  }

  Status texts() {
    HeldTexts held({.words = static_cast<std::size_t>(params_.words),
                    .short_words = static_cast<std::size_t>(params_.short_words),
                    .common = params_.common});
    for (const InputItem& artifact : context_.inputs("benchmarks"))
      UNIMO_TRY(hold_texts(artifact, splits_, held));
    held.build();
    count("held_out", "texts", held.texts());
    count("held_out", "word_runs", held.grams());
    count("held_out", "phrases", held.phrases());
    const TextSearch search{.removal = removal_of(params_.remove_text),
                            .threads = context_.job().resources.cores};
    TextsChecked all;
    for (const InputItem& artifact : context_.inputs("texts")) {
      const auto checked = UNIMO_TRY(find_texts(context_, artifact, search, held, leaks_));
      all.texts += checked.texts;
      all.documents += checked.documents;
      all.bytes += checked.bytes;
    }
    count("checked", "texts", all.texts);
    count("checked", "documents", all.documents);
    count("checked", "text_bytes", all.bytes);
    return ok();
  }

  void count(const char* group, const std::string& what, std::int64_t value) {
    summary_[group][what] = value;
    context_.events().count(fmt::format("{}.{}", group, what), value);
  }

  Json thresholds() const {
    Json all = write_fields(params_);
    for (const char* name : {"shown", "max_bad_share"}) all.erase(name);
    return all;
  }

  StageContext& context_;
  DecontaminateParams params_;
  std::set<std::string> splits_;
  LeakTable leaks_;
  Quarantine quarantine_;
  Json summary_ = {{"held_out", Json::object()}, {"checked", Json::object()}};
};

}  // namespace

Status run_decontaminate(StageContext& context) {
  auto params = UNIMO_TRY(context.params<DecontaminateParams>());
  UNIMO_TRY(check_inputs(context, params));
  auto leaks = UNIMO_TRY(LeakTable::create(context.output(), params.shown));
  return Decontamination(context, std::move(params), std::move(leaks)).run();
}

}  // namespace unimo::stages
