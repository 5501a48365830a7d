#include "orchestrator/base/json.h"
#include "stages/miniworld/flickr_names.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/inference.h"
#include "stages/miniworld/lexicon.h"
#include "stages/miniworld/output_files.h"
#include "stages/miniworld/parses.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kClaims = 4;  // about a picture
constexpr double kSlip = 0.06;      // of one annotator
constexpr std::size_t kAnnotators = 5;

// What a detector would name: the bag of words of the picture.
std::vector<std::string> with_picture(const Scene& scene, const std::string& hypothesis) {
  std::string picture(word(scene.place));
  for (const SceneObject& object : scene.objects) {
    picture += fmt::format(" {} {} {} {}", word(object.size), word(object.texture),
                           word(object.colour), word(object.thing));
  }
  return pair_words(picture, hypothesis);
}

class SnliVe : public Format {
 public:
  SnliVe(World& world, SplitFiles rows, GrowingFile train_val, GrowingFile test)
      : world_(world),
        rows_(std::move(rows)),
        train_val_list_(std::move(train_val)),
        test_list_(std::move(test)) {
    world.baselines.declare({.name = "snli_ve", .views = {"bag of words", "hypothesis only"}});
  }

  Status add(const Exhibit& exhibit) override {
    UNIMO_TRY(list(exhibit));
    Draws draws(world_.seed, "snli_ve", static_cast<std::uint64_t>(exhibit.scene.number));
    for (std::size_t k = 0; k < kClaims; ++k) {
      const PictureClaim claim = write_picture_claim(exhibit.scene, draws);
      const std::size_t people = exhibit.split == "train" ? 1 : kAnnotators;
      const auto labels = ask_people(claim.verdict, people, kSlip, draws);
      const Verdict gold = gold_of(labels, claim.verdict);
      UNIMO_TRY(rows_.of(exhibit.split).add(row(exhibit, k, claim, labels, gold) + "\n"));
      ++world_.counts["snli_ve." + exhibit.split];
      world_.baselines.judge("snli_ve", {.split = exhibit.split,
                                         .label = std::string(word(gold)),
                                         .facts = std::string(word(claim.verdict)),
                                         .views = {with_picture(exhibit.scene, claim.hypothesis),
                                                   words_of(claim.hypothesis)}});
    }
    return ok();
  }

  // The development pictures are the last ones of the list for training.
  Status finish() override {
    UNIMO_TRY(train_val_list_.add(val_list_));
    UNIMO_TRY(train_val_list_.close());
    UNIMO_TRY(test_list_.close());
    return rows_.close();
  }

 private:
  Status list(const Exhibit& exhibit) {
    const std::string line = flickr_id(exhibit) + "\n";
    if (exhibit.split == "train") return train_val_list_.add(line);
    if (exhibit.split == "test") return test_list_.add(line);
    val_list_ += line;  // ids of the validation pictures alone
    return ok();
  }

  static std::string row(const Exhibit& exhibit, std::size_t k, const PictureClaim& claim,
                         const std::vector<Verdict>& labels, Verdict gold) {
    const std::string id = flickr_id(exhibit);
    const std::size_t which = k % exhibit.captions.size();
    const std::string& premise = exhibit.captions[which].text;
    Json given = Json::array();
    for (const Verdict label : labels) given.push_back(word(label));
    const std::string caption = fmt::format("{}.jpg#{}", id, which);
    return canonical_text(
        {{"Flickr30K_ID", id},
         {"annotator_labels", std::move(given)},
         {"captionID", caption},
         {"gold_label", word(gold)},
         {"pairID",
          fmt::format("{}r{}{}", caption, 1 + k / exhibit.captions.size(), word(claim.verdict)[0])},
         {"sentence1", premise},
         {"sentence1_binary_parse", binary_parse(premise)},
         {"sentence1_parse", tree_parse(premise)},
         {"sentence2", claim.hypothesis},
         {"sentence2_binary_parse", binary_parse(claim.hypothesis)},
         {"sentence2_parse", tree_parse(claim.hypothesis)}});
  }

  World& world_;
  SplitFiles rows_;
  GrowingFile train_val_list_, test_list_;
  std::string val_list_;
};

}  // namespace

OpenedFormat snli_ve_format(World& world) {
  const std::filesystem::path folder = world.folder / "snli_ve";
  auto rows = UNIMO_TRY(
      SplitFiles::create(folder, "snli_ve_train.jsonl", "snli_ve_dev.jsonl", "snli_ve_test.jsonl"));
  auto train_val = UNIMO_TRY(GrowingFile::create(folder / "flickr30k_train_val.lst"));
  auto test = UNIMO_TRY(GrowingFile::create(folder / "flickr30k_test.lst"));
  return std::make_unique<SnliVe>(world, std::move(rows), std::move(train_val), std::move(test));
}

}  // namespace unimo::stages
