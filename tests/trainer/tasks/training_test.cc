#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "orchestrator/base/file.h"
#include "tests/support/tiny_pack.h"
#include "trainer/config/sizes.h"
#include "trainer/decode/captioner.h"
#include "trainer/decode/retriever.h"
#include "trainer/objectives/match.h"
#include "trainer/objectives/pretraining.h"
#include "trainer/tasks/caption.h"
#include "trainer/tasks/retrieval.h"

namespace unimo::trainer {
namespace {

// Keeps the first and the last report of each metric.
class Reports : public MetricSink {
 public:
  void metric(std::string_view name, double value, std::int64_t) override {
    first_.try_emplace(std::string(name), value);
    last_[std::string(name)] = value;
  }
  void progress(std::int64_t, std::int64_t) override {}
  void note(std::string_view) override {}
  double first(const std::string& name) const { return first_.at(name); }
  double last(const std::string& name) const { return last_.at(name); }
  bool has(const std::string& name) const { return first_.contains(name); }

 private:
  std::map<std::string, double> first_, last_;
};

class TinyTraining : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::make_unique<TempDir>(TempDir::make("tiny").value());
    ASSERT_TRUE(unimo::testing::write_tiny_pack(folder_->path(), {}));
    pack_ = std::make_unique<PackReader>(PackReader::open(folder_->path()).value());
  }

  Samples samples(const ViewConfig& view = {.regions = 3}) const {
    return Samples::open(*pack_, {.seed = 5, .view = view}).value();
  }
  std::unique_ptr<Unimo> model(double dropout = 0.0) const {
    const ModelSizes sizes{.layers = 2,
                           .hidden = 64,
                           .heads = 2,
                           .ffn = 128,
                           .positions = 64,
                           .pooled = 2 * unimo::testing::kTinySemantic,
                           .dropout = dropout,
                           .attention_dropout = dropout,
                           .init_deviation = 0.05};
    auto fresh = std::make_unique<Unimo>(
        sized_model(sizes, static_cast<int>(pack_->tokenizer().vocabulary_size()),
                    unimo::testing::kTinyFeature, 8),
        3);
    start_match_head(*fresh);
    return fresh;
  }
  static TrainConfig config(double lr) {
    TrainConfig train;
    train.optimizer = {.lr = lr};
    train.schedule = {.kind = "cosine", .warmup = 0.1, .continuous = true};
    train.log_every = 5;
    return train;
  }

  std::unique_ptr<TempDir> folder_;
  std::unique_ptr<PackReader> pack_;
};

TEST_F(TinyTraining, EveryPretrainingObjectiveLearns) {
  PretrainingConfig config_all;
  config_all.mixture = {.caption = 1.0, .semantic = 1.0, .micro_batches = 2};
  config_all.match = dual_match();
  config_all.batch = {
      .text_rows = 400, .images = 16, .pairs = 24, .caption_images = 12, .captions_per_image = 3};
  config_all.contrastive = {.pairs = 6, .batch_images = 1, .single_images = 16, .single_weight = 1};
  config_all.semantic = {.size = unimo::testing::kTinySemantic, .texts = 24};
  const Samples data = samples();
  const auto net = model(0.1);
  const auto pretraining = Pretraining::open(data, config_all, net->config(), 5);
  ASSERT_TRUE(pretraining) << pretraining.error().message;
  Reports reports;
  const auto done = train(*net, *pretraining, config(2e-3), {.steps = 160, .seed = 5}, reports);
  ASSERT_TRUE(done) << done.error().message;
  for (const std::string name :
       {"loss.mlm", "loss.seq2seq", "loss.region_regression", "loss.region_class",
        "loss.contrastive", "loss.caption", "loss.semantic"}) {
    ASSERT_TRUE(reports.has(name)) << name;
    EXPECT_LT(reports.last(name), 0.95 * reports.first(name)) << name;
  }
  EXPECT_TRUE(reports.has("loss.cmcl"));
}

TEST_F(TinyTraining, RetrievalBeatsChance) {
  const Samples data = samples();
  const auto net = model();
  const RetrievalConfig settings{
      .batch = 32, .semantic = {.size = unimo::testing::kTinySemantic, .from = 1, .to = 0.1}};
  auto task = RetrievalTask::open(data, settings, net->config(), 5);
  ASSERT_TRUE(task) << task.error().message;
  Reports reports;
  const std::int64_t steps = 120;
  task->set_steps(steps);
  ASSERT_TRUE(train(*net, *task, config(2e-3), {.steps = steps, .seed = 5}, reports));
  RetrievalSet set;
  for (const std::uint32_t image : pack_->images_of_split("val")) {
    set.images.push_back(image);
    set.captions.push_back(pack_->captions_of_image(image)[0]);
  }
  Retriever retriever(*net, *pack_, {.match = settings.match, .batch_rows = 64});
  const auto scores = retriever.dual_scores(set);
  ASSERT_TRUE(scores) << scores.error().message;
  int hits = 0;
  for (const auto& place : Retriever::best_places(*scores, 1)) hits += place.image == place.caption;
  EXPECT_GE(hits, 12);  // of 24; one by chance
}

TEST_F(TinyTraining, CircleLossFalls) {
  const Samples data = samples();
  const auto net = model();
  RetrievalConfig settings{.loss = "circle", .batch = 6, .match = {}};
  settings.circle = {.caption_negatives = 3, .image_negatives = 3};
  const auto task = RetrievalTask::open(data, settings, net->config(), 5);
  ASSERT_TRUE(task) << task.error().message;
  Reports reports;
  ASSERT_TRUE(train(*net, *task, config(1e-3), {.steps = 40, .seed = 5}, reports));
  EXPECT_LT(reports.last("loss.circle"), reports.first("loss.circle"));
}

TEST_F(TinyTraining, CaptionsNameWhatTheImageShows) {
  const Samples data = samples({.regions = 0});
  const auto net = model();
  const CaptionTask task(
      data,
      {.batch = 24, .captions_per_image = 3, .label_smoothing = 0.05, .tags = {.max_tokens = 0}},
      5);
  Reports reports;
  ASSERT_TRUE(train(*net, task, config(3e-3), {.steps = 200, .seed = 5}, reports));
  const auto images = pack_->images_of_split("val");
  const CaptionerOptions options{.beam = {.beam = 3, .min_length = 2, .max_length = 16},
                                 .batch = 7};
  const auto captions = generate_captions(*net, *pack_, images, options);
  ASSERT_TRUE(captions) << captions.error().message;
  ASSERT_EQ(captions->size(), images.size());
  int named = 0;
  for (const auto& caption : *captions) {
    const std::string truth =
        " " + pack_->caption(pack_->captions_of_image(caption.image)[0]).value().text + " ";
    const std::string said = " " + caption.text + " ";
    for (const std::string thing :
         {" dog ", " car ", " tree ", " ball ", " house ", " horse ", " boat ", " child "}) {
      if (truth.find(thing) != std::string::npos && said.find(thing) != std::string::npos) {
        ++named;
        break;
      }
    }
  }
  EXPECT_GE(named, 20);  // of 24; about 11 for one constant caption

  // Decoding images in other company says the same.
  const auto alone = generate_captions(*net, *pack_, images.subspan(3, 1), options);
  ASSERT_TRUE(alone);
  EXPECT_EQ((*alone)[0].text, (*captions)[3].text);
  EXPECT_NEAR((*alone)[0].score, (*captions)[3].score, 1e-4);
}

TEST_F(TinyTraining, LikelihoodOfACaptionIsTheSumOfItsBeamScores) {
  const auto net = model();
  const auto image = pack_->images_of_split("val")[0];
  const auto found =
      generate_captions(*net, *pack_, std::span(&image, 1),
                        {.beam = {.beam = 1, .alpha = 0, .min_length = 3, .max_length = 3}});
  ASSERT_TRUE(found);
  // An untrained model: its likelihoods are near those of the uniform law, for every caption.
  const RetrievalSet set{.images = {image}, .captions = {pack_->captions_of_image(image)[0]}};
  Retriever retriever(*net, *pack_, {});
  const auto likelihood = retriever.caption_likelihoods(set, std::vector<Retriever::Place>{{0, 0}});
  ASSERT_TRUE(likelihood);
  const double words = 1.0 + pack_->caption_length(set.captions[0]);
  EXPECT_NEAR((*likelihood)[0] / words,
              -std::log(static_cast<double>(pack_->tokenizer().vocabulary_size())), 0.8);
}

TEST_F(TinyTraining, NamesEverySettingThatDoesNotFitThePack) {
  PretrainingConfig settings;
  settings.mixture = {.semantic = 1};
  settings.semantic.size = 4000;
  settings.pair = {.masked_text = 0, .seq2seq = 0, .masked_regions = 0};
  const auto refused = Pretraining::open(samples(), settings, model()->config(), 5);
  ASSERT_FALSE(refused);
  for (const char* part : {"semantic.size", "pair.masked_text", "pair: all shares"}) {
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }
}

}  // namespace
}  // namespace unimo::trainer
