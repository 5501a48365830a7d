// Micro-batches of pre-training and of the tasks, asked for one by one.
#include "trainer/objectives/pretraining.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <thread>

#include "orchestrator/base/file.h"
#include "tests/support/tiny_pack.h"
#include "trainer/config/sizes.h"
#include "trainer/tasks/caption.h"
#include "trainer/tasks/retrieval.h"

namespace unimo::trainer {
namespace {

class MicroBatches : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::make_unique<TempDir>(TempDir::make("micro").value());
    ASSERT_TRUE(unimo::testing::write_tiny_pack(folder_->path(), {.train_images = 40}));
    pack_ = std::make_unique<PackReader>(PackReader::open(folder_->path()).value());
    samples_ = std::make_unique<Samples>(samples({"train"}));
    const ModelSizes sizes{.layers = 1,
                           .hidden = 32,
                           .heads = 2,
                           .ffn = 64,
                           .positions = 64,
                           .pooled = 2 * unimo::testing::kTinySemantic};
    model_ = std::make_unique<Unimo>(
        sized_model(sizes, static_cast<int>(pack_->tokenizer().vocabulary_size()),
                    unimo::testing::kTinyFeature, 8),
        3);
    config_.mixture = {.caption = 1, .semantic = 1, .micro_batches = 3};
    config_.batch = {.text_rows = 100, .images = 4, .pairs = 5, .caption_images = 3};
    config_.contrastive = {.pairs = 2, .single_images = 3, .single_weight = 1};
    config_.semantic = {.size = unimo::testing::kTinySemantic, .texts = 3, .images = 2};
  }
  Samples samples(std::vector<std::string> splits) const {
    return Samples::open(*pack_, {.seed = 5, .splits = std::move(splits)}).value();
  }
  Pretraining pretraining() const {
    auto opened = Pretraining::open(*samples_, config_, model_->config(), 5);
    EXPECT_TRUE(opened) << opened.error().message;
    return *opened;
  }
  float loss_of(const MicroBatch& batch) const { return batch(*model_).loss.item<float>(); }

  std::unique_ptr<TempDir> folder_;
  std::unique_ptr<PackReader> pack_;
  std::unique_ptr<Samples> samples_;
  std::unique_ptr<Unimo> model_;
  PretrainingConfig config_;
};

TEST_F(MicroBatches, DoNotDependOnWhatWasAskedForBefore) {
  const Pretraining objective = pretraining(), fresh = pretraining();
  for (const std::int64_t step : {1'000'000'000, 7, 0}) {
    ASSERT_EQ(objective.micro_batch_count(step), 3);
    for (std::int64_t i = 2; i >= 0; --i) {
      const auto one = objective.micro_batch(step, i), same = fresh.micro_batch(step, i);
      ASSERT_TRUE(one) << one.error().message;
      ASSERT_TRUE(same);
      EXPECT_EQ(loss_of(*one), loss_of(*same)) << step << " " << i;
      EXPECT_GT(one->rows(), 0);
    }
  }
}

TEST_F(MicroBatches, CanBeMadeBySeveralThreadsAtOnce) {
  const Pretraining objective = pretraining();
  constexpr std::int64_t kSteps = 12;
  std::vector<MicroBatch> made(kSteps * 3);
  std::vector<std::jthread> threads;
  for (std::int64_t own = 0; own < 4; ++own) {
    threads.emplace_back([&, own] {
      for (std::int64_t n = own; n < kSteps * 3; n += 4)
        made[static_cast<std::size_t>(n)] = objective.micro_batch(n / 3, n % 3).value();
    });
  }
  threads.clear();  // waits
  for (std::int64_t n = 0; n < kSteps * 3; ++n) {
    EXPECT_EQ(loss_of(made[static_cast<std::size_t>(n)]),
              loss_of(objective.micro_batch(n / 3, n % 3).value()))
        << n;
  }
}

TEST_F(MicroBatches, DescribeThemselvesByObjectiveAndSamples) {
  const Pretraining objective = pretraining();
  std::map<std::string, std::string> seen;  // objective -> first description
  for (std::int64_t step = 0; step < 40; ++step) {
    for (std::int64_t i = 0; i < 3; ++i) {
      const std::string text = objective.describe(step, i);
      seen.try_emplace(text.substr(0, text.find(':')), text);
    }
  }
  ASSERT_EQ(seen.size(), 6U);
  EXPECT_EQ(std::ranges::count(seen["pair"], '#'), 5) << seen["pair"];  // caption ids
  EXPECT_EQ(std::ranges::count(seen["image"], ','), 3) << seen["image"];
  EXPECT_TRUE(seen["text"].starts_with("text: texts ")) << seen["text"];
  EXPECT_TRUE(seen["caption"].starts_with("caption: images image")) << seen["caption"];
  EXPECT_EQ(std::ranges::count(seen["contrastive"], '#'), 2 + 3) << seen["contrastive"];
}

TEST_F(MicroBatches, OfTextsHaveNearlyTheSameRowsAndMissNone) {
  constexpr std::uint64_t kTogether = 8, kTexts = 5;
  std::map<std::uint32_t, int> seen, wanted;
  std::vector<std::uint64_t> rows(kTogether);
  std::uint64_t longest = 0;
  for (std::uint64_t n = 0; n < kTogether; ++n) {
    const BatchRequest request{
        .served_before = 3 * kTogether + n, .samples = kTexts, .encode = {.training = true}};
    for (const Samples::Visit& visit : text_visits(*samples_, request)) {
      ++seen[visit.sample];
      const std::uint64_t length = pack_->text_length(visit.sample) + 2;
      rows[n] += length;
      longest = std::max(longest, length);
    }
    for (std::uint64_t i = 0; i < kTexts; ++i)
      ++wanted[samples_->text_visit(kTextStream, request.served_before * kTexts + i).sample];
  }
  EXPECT_EQ(seen, wanted);
  EXPECT_LE(std::ranges::max(rows) - std::ranges::min(rows), longest);
}

TEST_F(MicroBatches, TextsOfAMicroBatchAreAskedOneThingByCoinOrInTurn) {
  config_.mixture = {.text = 1, .image = 0, .pair = 0, .contrastive = 0};
  const auto names = [&](const std::string& turns) {
    config_.pair.turns = turns;
    const Pretraining objective = pretraining();
    std::vector<std::string> asked;
    for (std::int64_t step = 0; step < 24; ++step) {
      const MicroLoss loss = objective.micro_batch(step, 0).value()(*model_);
      asked.push_back(loss.means.size() > 1 ? "both" : loss.means[0].name);
    }
    return asked;
  };
  const auto coin = names("coin");
  EXPECT_EQ(std::ranges::count(coin, "both"), 0);
  EXPECT_GT(std::ranges::count(coin, "loss.mlm"), 4);
  EXPECT_GT(std::ranges::count(coin, "loss.seq2seq"), 4);
  const auto turns = names("alternate");
  for (std::size_t i = 0; i < turns.size(); ++i)
    EXPECT_EQ(turns[i], i % 2 == 0 ? "loss.mlm" : "loss.seq2seq");
  EXPECT_GT(std::ranges::count(names("sample"), "both"), 3);
}

TEST_F(MicroBatches, OfHeldOutSamplesAreAlwaysTheSame) {
  const Pretraining objective = pretraining();
  const Samples held_out = samples({"val"});
  const auto first = objective.heldout(held_out, 2), again = objective.heldout(held_out, 2);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(first->size(), 2U * 5);  // val has no texts
  std::map<std::string, double> names;
  for (std::size_t i = 0; i < first->size(); ++i) {
    const MicroLoss a = (*first)[i](*model_), b = (*again)[i](*model_);
    EXPECT_EQ(a.loss.item<float>(), b.loss.item<float>()) << i;
    EXPECT_FALSE(a.loss.requires_grad());
    for (const NamedMean& mean : a.means) names[mean.name] += mean.sum;
  }
  for (const char* name : {"heldout.loss.mlm", "heldout.loss.region_regression",
                           "heldout.loss.caption", "heldout.loss.cmcl", "heldout.loss.semantic"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST_F(MicroBatches, OfTasksShareTheImagesOfAStep) {
  const CaptionTask caption(*samples_, {.batch = 3, .micro_batches = 2, .tags = {.max_tokens = 8}},
                            5);
  const CaptionTask larger(*samples_, {.batch = 6, .tags = {.max_tokens = 8}}, 5);
  EXPECT_EQ(caption.micro_batch_count(4), 2);
  EXPECT_EQ(larger.describe(4, 0), caption.describe(4, 0) + ", " +
                                       caption.describe(4, 1).substr(sizeof "captions of images"));
  EXPECT_EQ(caption.steps_of(3), larger.steps_of(3));
  EXPECT_NE(loss_of(caption.micro_batch(4, 0).value()), loss_of(caption.micro_batch(4, 1).value()));
  const auto retrieval =
      RetrievalTask::open(*samples_, {.batch = 4, .micro_batches = 2}, model_->config(), 5);
  ASSERT_TRUE(retrieval) << retrieval.error().message;
  EXPECT_EQ(std::ranges::count(retrieval->describe(4, 0), ','), 3) << retrieval->describe(4, 0);
  EXPECT_NE(retrieval->describe(4, 0), retrieval->describe(4, 1));
  EXPECT_NE(loss_of(retrieval->micro_batch(4, 0).value()),
            loss_of(retrieval->micro_batch(4, 1).value()));
}

TEST_F(MicroBatches, OfCaptioningTrainAdversarially) {
  CaptionConfig settings{.batch = 3, .tags = {.max_tokens = 0}, .adversarial = {.steps = 2}};
  const CaptionTask task(*samples_, settings, 5);
  const MicroLoss loss = task.micro_batch(0, 0).value()(*model_);
  std::map<std::string, double> means;
  for (const NamedMean& mean : loss.means) means[mean.name] = mean.sum / mean.weight;
  EXPECT_GT(means.at("loss.adversarial_text"), 0);
  EXPECT_GT(means.at("loss.adversarial_image"), 0);
  EXPECT_GT(loss.loss.item<double>(), means.at("loss.caption") * 2.9);
  loss.loss.backward();
  float largest = 0;
  for (const float g : model_->parameters().gradients()) largest = std::max(largest, std::abs(g));
  EXPECT_GT(largest, 0);
}

TEST_F(MicroBatches, NameTheObjectiveThatFindsNoSamples) {
  ASSERT_TRUE(unimo::testing::write_tiny_pack(folder_->path() / "no_texts", {.texts = 0}));
  const auto pack = PackReader::open(folder_->path() / "no_texts");
  ASSERT_TRUE(pack) << pack.error().message;
  const auto data = Samples::open(*pack, {.seed = 5});
  ASSERT_TRUE(data);
  const auto refused = Pretraining::open(*data, config_, model_->config(), 5);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("mixture.text"), std::string::npos);
}

TEST_F(MicroBatches, ObjectTagsNameTheSurestClassesOnce) {
  const RegionRecord image = pack_->regions(0, 0)->decode();
  const auto tags = object_tags(*pack_, image, {.max_tokens = 100, .threshold = 0.7});
  ASSERT_TRUE(tags) << tags.error().message;
  const std::string text = pack_->tokenizer().decode(*tags);
  const std::string& first = pack_->info().classes[image.classes[0]];
  EXPECT_NE(text.find(first), std::string::npos) << text;
  EXPECT_EQ(text.find(first, text.find(first) + 1), std::string::npos) << text;
  EXPECT_TRUE(object_tags(*pack_, image, {.max_tokens = 100, .threshold = 0.8})->empty());
  EXPECT_TRUE(object_tags(*pack_, image, {.max_tokens = 0, .threshold = 0.0})->empty());
  RegionRecord damaged = image;
  damaged.classes[0] = 500;
  const auto refused = object_tags(*pack_, damaged, {.max_tokens = 100, .threshold = 0.1});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("class 500"), std::string::npos);
}

}  // namespace
}  // namespace unimo::trainer
