#include <array>

#include "orchestrator/base/hash.h"
#include "orchestrator/base/json.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/output_files.h"
#include "stages/miniworld/tales.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::array kSources{"mctest", "gutenberg", "race", "cnn", "wikipedia"};

Json answer_row(const TaleTurn& turn, const std::string& answer, std::int64_t number) {
  return {{"span_start", turn.rationale.begin},
          {"span_end", turn.rationale.end},
          {"span_text", turn.rationale.text},
          {"input_text", answer},
          {"turn_id", number}};
}

class Coqa : public Format {
 public:
  // train, val, test; the test is laid out as the development file is, because CoQA's own is
  // hidden.
  Coqa(World& world, std::vector<GrowingJson> files) : world_(world), files_(std::move(files)) {
    world.baselines.declare({.name = "coqa", .metric = "word_f1"});
  }

  Status add(const Exhibit& exhibit) override {
    Draws draws(world_.seed, "coqa", static_cast<std::uint64_t>(exhibit.scene.number));
    const Tale tale = write_tale(exhibit.scene, draws);
    judge(exhibit, tale);
    world_.counts["coqa." + exhibit.split] += static_cast<std::int64_t>(tale.turns.size());
    const std::size_t file = exhibit.split == "train" ? 0 : exhibit.split == "val" ? 1 : 2;
    return files_[file].add(0, record(exhibit, tale, draws.pick(kSources)));
  }

  Status finish() override {
    for (GrowingJson& file : files_) UNIMO_TRY(file.finish({{"version", "1.0"}}));
    return ok();
  }

 private:
  static Json record(const Exhibit& exhibit, const Tale& tale, const std::string& source) {
    const bool train = exhibit.split == "train";
    Json questions = Json::array(), answers = Json::array(), more = Json::object();
    for (const TaleTurn& turn : tale.turns) {
      const auto number = static_cast<std::int64_t>(questions.size()) + 1;
      questions.push_back({{"input_text", turn.question}, {"turn_id", number}});
      Json row = answer_row(turn, turn.answer, number);
      // Some of the training file's unanswerable turns are marked so.
      if (train && turn.rationale.begin < 0 && exhibit.scene.number % 2 == 0)
        row["bad_turn"] = "true";
      answers.push_back(std::move(row));
      if (train) continue;
      for (std::size_t k = 0; k < turn.others.size(); ++k)
        more[std::to_string(k)].push_back(answer_row(turn, turn.others[k], number));
    }
    const std::string name = fmt::format("mw{}.{}", exhibit.scene.number, exhibit.split);
    Json row = {{"source", source},
                {"id", "3" + sha1_hex(name).substr(0, 29)},
                {"filename", name},
                {"story", tale.story},
                {"questions", std::move(questions)},
                {"answers", std::move(answers)},
                {"name", name}};
    if (!train) row["additional_answers"] = std::move(more);
    return row;
  }

  // The whole sentence that says so, and the answer, set against what others answer.
  void judge(const Exhibit& exhibit, const Tale& tale) {
    if (exhibit.split != "val") return;
    for (const TaleTurn& turn : tale.turns) {
      world_.baselines.compare("coqa", "facts", turn.answer, turn.others);
      world_.baselines.compare("coqa", "copy of the first sentence",
                               tale.story.substr(0, tale.story.find('.') + 1), turn.others);
    }
  }

  World& world_;
  std::vector<GrowingJson> files_;
};

}  // namespace

OpenedFormat coqa_format(World& world) {
  std::vector<GrowingJson> files;
  for (const char* split : {"train", "dev", "test"}) {
    files.push_back(UNIMO_TRY(GrowingJson::create(
        world.folder / "coqa" / fmt::format("coqa-{}-v1.0.json", split), {"data"})));
  }
  return std::make_unique<Coqa>(world, std::move(files));
}

}  // namespace unimo::stages
