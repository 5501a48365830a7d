#include "orchestrator/base/hash.h"
#include "orchestrator/base/json.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/output_files.h"
#include "stages/miniworld/passages.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kParagraphs = 8;  // of an article: so many scenes
constexpr std::size_t kDevelopmentAnswers = 3;

// An article of the title list: "Red_ball_of_the_beach_(No._12)".
std::string article_title(const Scene& scene) {
  std::string title = scene_title(scene);
  for (char& c : title) {
    if (c == ' ') c = '_';
  }
  return title;
}

class Squad : public Format {
 public:
  // Articles of training and test stand in one file, as in Du's split.
  Squad(World& world, GrowingJson train, GrowingJson dev, SplitFiles lists)
      : world_(world), train_(std::move(train)), dev_(std::move(dev)), lists_(std::move(lists)) {
    world.baselines.declare({.name = "squad_qg", .metric = "word_f1"});
  }

  Status add(const Exhibit& exhibit) override {
    if (!paragraphs_.empty() && (split_ != exhibit.split || paragraphs_.size() == kParagraphs))
      UNIMO_TRY(end_article());
    if (paragraphs_.empty()) {
      title_ = article_title(exhibit.scene);
      split_ = exhibit.split;
    }
    Draws draws(world_.seed, "squad", static_cast<std::uint64_t>(exhibit.scene.number));
    paragraphs_.push_back(paragraph(exhibit, write_passage(exhibit.scene, draws), draws));
    return ok();
  }

  Status finish() override {
    UNIMO_TRY(end_article());
    UNIMO_TRY(train_.finish({{"version", "1.1"}}));
    UNIMO_TRY(dev_.finish({{"version", "1.1"}}));
    return lists_.close();
  }

 private:
  Status end_article() {
    if (paragraphs_.empty()) return ok();
    GrowingJson& file = split_ == "val" ? dev_ : train_;
    UNIMO_TRY(file.add(0, {{"title", title_}, {"paragraphs", paragraphs_}}));
    paragraphs_ = Json::array();
    return lists_.of(split_).add(title_ + "\n");
  }

  Json paragraph(const Exhibit& exhibit, const Passage& passage, Draws& draws) {
    Json rows = Json::array();
    // Some contexts begin with a blank, which the offsets count.
    const std::string lead = draws.chance(0.03) ? " " : "";
    const std::size_t copies = exhibit.split == "val" ? kDevelopmentAnswers : 1;
    for (const SpanQuestion& question : passage.questions) {
      Json answers = Json::array();
      for (std::size_t i = 0; i < copies; ++i) {
        answers.push_back(
            {{"answer_start", question.begin + static_cast<std::int64_t>(lead.size())},
             {"text", question.answer}});
      }
      const std::string id = fmt::format("squad {} {}", exhibit.scene.number, rows.size());
      rows.push_back({{"answers", std::move(answers)},
                      {"question", question.question + (draws.chance(0.03) ? " " : "")},
                      {"id", sha1_hex(id).substr(0, 24)}});
      ++world_.counts["squad." + exhibit.split];
      judge(exhibit, passage, question);
    }
    return {{"context", lead + passage.text}, {"qas", std::move(rows)}};
  }

  // What a question would be that asks with the answer alone, or copies the first words.
  void judge(const Exhibit& exhibit, const Passage& passage, const SpanQuestion& question) {
    if (exhibit.split != "val") return;
    world_.baselines.compare("squad_qg", "lead", passage.text.substr(0, passage.text.find(" was ")),
                             {question.question});
    world_.baselines.compare("squad_qg", "copy of the answer", question.answer,
                             {question.question});
  }

  World& world_;
  GrowingJson train_, dev_;
  SplitFiles lists_;
  std::string title_, split_;
  Json paragraphs_ = Json::array();
};

}  // namespace

OpenedFormat squad_format(World& world) {
  const std::filesystem::path folder = world.folder / "squad";
  auto train = UNIMO_TRY(GrowingJson::create(folder / "train-v1.1.json", {"data"}));
  auto dev = UNIMO_TRY(GrowingJson::create(folder / "dev-v1.1.json", {"data"}));
  auto lists = UNIMO_TRY(
      SplitFiles::create(folder, "doclist-train.txt", "doclist-dev.txt", "doclist-test.txt"));
  return std::make_unique<Squad>(world, std::move(train), std::move(dev), std::move(lists));
}

}  // namespace unimo::stages
