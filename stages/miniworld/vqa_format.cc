#include <algorithm>

#include "orchestrator/base/json.h"
#include "stages/miniworld/coco_names.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/lexicon.h"
#include "stages/miniworld/output_files.h"
#include "stages/miniworld/picture_questions.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kQuestions = 4;  // about a picture
constexpr std::int64_t kIdsPerPicture = 1000;
constexpr std::int64_t kFrequent = 9;  // as an answer, to be in the list of answers

Json info() {
  return {{"description", "Mini-world questions in the format of VQA v2.0"},
          {"url", ""},
          {"version", "2.0"},
          {"year", 2017},
          {"contributor", "unimo"},
          {"date_created", "2017-04-26 17:00:44"}};
}

Json license() {
  return {{"url", "http://creativecommons.org/publicdomain/zero/1.0/"}, {"name", "CC0 1.0"}};
}

// Questions and, but for the test, annotations of one release.
struct ReleaseFiles {
  std::string subset;
  GrowingJson questions;
  std::unique_ptr<GrowingJson> annotations;

  static Result<ReleaseFiles> create(const fs::path& folder, std::string subset, bool annotated) {
    auto questions = UNIMO_TRY(GrowingJson::create(
        folder / fmt::format("v2_OpenEnded_mscoco_{}_questions.json", subset), {"questions"}));
    std::unique_ptr<GrowingJson> annotations;
    if (annotated) {
      annotations = std::make_unique<GrowingJson>(UNIMO_TRY(GrowingJson::create(
          folder / fmt::format("v2_mscoco_{}_annotations.json", subset), {"annotations"})));
    }
    return ReleaseFiles{std::move(subset), std::move(questions), std::move(annotations)};
  }

  Status finish() {
    UNIMO_TRY(questions.finish({{"info", info()},
                                {"task_type", "Open-Ended"},
                                {"data_type", "mscoco"},
                                {"license", license()},
                                {"data_subtype", subset}}));
    if (annotations == nullptr) return ok();
    return annotations->finish({{"info", info()},
                                {"license", license()},
                                {"data_subtype", subset},
                                {"data_type", "mscoco"}});
  }
};

std::vector<std::string> with_picture(const Scene& scene, const std::string& question) {
  std::string picture(word(scene.place));
  for (const SceneObject& object : scene.objects)
    picture += fmt::format(" {} {}", word(object.colour), word(object.thing));
  return pair_words(picture, question);
}

class Vqa : public Format {
 public:
  // In the order train, val, test, test-dev.
  Vqa(World& world, std::vector<ReleaseFiles> releases)
      : world_(world), releases_(std::move(releases)) {
    world.baselines.declare({.name = "vqa", .views = {"bag of words", "question only"}});
  }

  Status add(const Exhibit& exhibit) override {
    Draws draws(world_.seed, "vqa", static_cast<std::uint64_t>(exhibit.scene.number));
    const auto questions = write_picture_questions(exhibit.scene, kQuestions, draws);
    for (std::size_t k = 0; k < questions.size(); ++k) {
      const auto answers = ask_ten_people(questions[k], draws);
      UNIMO_TRY(add_question(exhibit, k, questions[k], answers));
      ++world_.counts["vqa." + exhibit.split];
      judge(exhibit, questions[k], answers);
    }
    return ok();
  }

  Status finish() override {
    for (ReleaseFiles& release : releases_) UNIMO_TRY(release.finish());
    // Entry 0 is the empty string, as in the list that everybody uses.
    Json answers = Json::array({""}), numbers = {{"", 0}};
    for (const auto& [answer, count] : answers_) {
      if (count < kFrequent) continue;
      numbers[answer] = answers.size();
      answers.push_back(answer);
    }
    const fs::path folder = world_.folder / "vqa";
    UNIMO_TRY(put_file(folder / "trainval_label2ans.json", canonical_text(answers) + "\n"));
    return put_file(folder / "trainval_ans2label.json", canonical_text(numbers) + "\n");
  }

 private:
  Status add_question(const Exhibit& exhibit, std::size_t k, const PictureQuestion& question,
                      const std::vector<PersonsAnswer>& answers) {
    const std::int64_t id = image_id(exhibit) * kIdsPerPicture + static_cast<std::int64_t>(k);
    const Json row = {
        {"image_id", image_id(exhibit)}, {"question", question.question}, {"question_id", id}};
    if (exhibit.split == "test") {
      UNIMO_TRY(releases_[2].questions.add(0, row));
      // Test-dev is a part of the test.
      return exhibit.scene.number % 4 == 0 ? releases_[3].questions.add(0, row) : ok();
    }
    ReleaseFiles& release = releases_[exhibit.split == "train" ? 0 : 1];
    UNIMO_TRY(release.questions.add(0, row));
    Json given = Json::array();
    for (const PersonsAnswer& person : answers) {
      given.push_back({{"answer", person.answer},
                       {"answer_confidence", person.confidence},
                       {"answer_id", given.size() + 1}});
    }
    const std::string majority = majority_answer(answers);
    ++answers_[majority];
    return release.annotations->add(0, {{"question_type", question.question_type},
                                        {"multiple_choice_answer", majority},
                                        {"answers", std::move(given)},
                                        {"image_id", image_id(exhibit)},
                                        {"answer_type", question.answer_type},
                                        {"question_id", id}});
  }

  void judge(const Exhibit& exhibit, const PictureQuestion& question,
             const std::vector<PersonsAnswer>& answers) {
    JudgedItem item{
        .split = exhibit.split,
        .label = majority_answer(answers),
        .facts = question.answer,
        .views = {with_picture(exhibit.scene, question.question), words_of(question.question)}};
    for (const PersonsAnswer& person : answers) {
      const bool known = std::any_of(item.credit.begin(), item.credit.end(),
                                     [&](const auto& c) { return c.first == person.answer; });
      if (!known) item.credit.emplace_back(person.answer, answer_credit(person.answer, answers));
    }
    world_.baselines.judge("vqa", item);
  }

  World& world_;
  std::vector<ReleaseFiles> releases_;
  std::map<std::string, std::int64_t> answers_;  // of train and val; the world has few words
};

}  // namespace

OpenedFormat vqa_format(World& world) {
  const fs::path folder = world.folder / "vqa";
  std::vector<ReleaseFiles> releases;
  for (const char* subset : {"train2014", "val2014", "test2015", "test-dev2015"}) {
    const bool annotated = !std::string_view(subset).starts_with("test");
    releases.push_back(UNIMO_TRY(ReleaseFiles::create(folder, subset, annotated)));
  }
  return std::make_unique<Vqa>(world, std::move(releases));
}

}  // namespace unimo::stages
