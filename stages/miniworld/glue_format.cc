#include <algorithm>
#include <cmath>

#include "stages/miniworld/format.h"
#include "stages/miniworld/inference.h"
#include "stages/miniworld/lexicon.h"
#include "stages/miniworld/output_files.h"
#include "stages/miniworld/parses.h"
#include "stages/miniworld/sentences.h"

namespace unimo::stages {

namespace {

// Of a scene. SST-2's training data are mostly phrases.
constexpr std::size_t kOpinions = 3, kPhrases = 2, kAcceptabilities = 4, kSimilarPairs = 3,
                      kTextPairs = 4;
constexpr double kWrongLabel = 0.02;  // of SST-2 and CoLA
constexpr double kSlip = 0.06;        // of one annotator of MNLI
constexpr std::size_t kAnnotators = 5;

Draws draws_for(const World& world, std::string_view stream, const Exhibit& exhibit) {
  return Draws(world.seed, stream, static_cast<std::uint64_t>(exhibit.scene.number));
}

std::string digit(bool good) { return good ? "1" : "0"; }

class Sst2 : public Format {
 public:
  Sst2(World& world, SplitFiles files) : world_(world), files_(std::move(files)) {
    world.baselines.declare({.name = "sst2", .views = {"bag of words"}});
  }

  Status add(const Exhibit& exhibit) override {
    Draws draws = draws_for(world_, "sst2", exhibit);
    const std::size_t phrases = exhibit.split == "train" ? kPhrases : 0;
    for (std::size_t k = 0; k < kOpinions + phrases; ++k) {
      const JudgedSentence opinion = write_opinion(exhibit.scene, k >= kOpinions, draws);
      const std::string label = digit(opinion.good != draws.chance(kWrongLabel));
      // Train and dev have a blank before the tab; the test has none, and no label.
      UNIMO_TRY(files_.of(exhibit.split)
                    .add(exhibit.split == "test" ? fmt::format("{}\t{}\n", tests_++, opinion.text)
                                                 : fmt::format("{} \t{}\n", opinion.text, label)));
      ++world_.counts["sst2." + exhibit.split];
      world_.baselines.judge("sst2", {.split = exhibit.split,
                                      .label = label,
                                      .facts = digit(opinion.good),
                                      .views = {words_of(opinion.text)}});
    }
    return ok();
  }

  Status finish() override { return files_.close(); }

 private:
  World& world_;
  SplitFiles files_;
  std::int64_t tests_ = 0;
};

class Cola : public Format {
 public:
  Cola(World& world, SplitFiles files) : world_(world), files_(std::move(files)) {
    world.baselines.declare({.name = "cola", .metric = "matthews", .views = {"bag of words"}});
  }

  Status add(const Exhibit& exhibit) override {
    Draws draws = draws_for(world_, "cola", exhibit);
    for (std::size_t k = 0; k < kAcceptabilities; ++k) {
      const JudgedSentence sentence = write_acceptability(exhibit.scene, draws);
      const bool good = sentence.good != draws.chance(kWrongLabel);
      const std::string source = fmt::format("mw{:02}", 1 + draws.below(12));
      UNIMO_TRY(files_.of(exhibit.split)
                    .add(exhibit.split == "test"
                             ? fmt::format("{}\t{}\n", tests_++, sentence.text)
                             : fmt::format("{}\t{}\t{}\t{}\n", source, digit(good), good ? "" : "*",
                                           sentence.text)));
      ++world_.counts["cola." + exhibit.split];
      world_.baselines.judge("cola", {.split = exhibit.split,
                                      .label = digit(good),
                                      .facts = digit(sentence.good),
                                      .views = {words_of(sentence.text)}});
    }
    return ok();
  }

  Status finish() override { return files_.close(); }

 private:
  World& world_;
  SplitFiles files_;
  std::int64_t tests_ = 0;
};

// The mean of five people, each a whole number.
double score_of(double similarity, Draws& draws) {
  double sum = 0;
  for (std::size_t i = 0; i < kAnnotators; ++i) {
    const double mood = draws.between(-1, 1);
    sum += std::clamp(std::round(similarity + mood), 0.0, 5.0);
  }
  return sum / kAnnotators;
}

class Stsb : public Format {
 public:
  Stsb(World& world, SplitFiles files) : world_(world), files_(std::move(files)) {
    world.baselines.declare(
        {.name = "stsb", .metric = "pearson", .views = {"bag of words", "second sentence only"}});
  }

  Status add(const Exhibit& exhibit) override {
    Draws draws = draws_for(world_, "stsb", exhibit);
    for (std::size_t k = 0; k < kSimilarPairs; ++k) {
      const SimilarPair pair = write_similar_pair(exhibit.scene, draws);
      const double score = score_of(pair.similarity, draws);
      const std::int64_t index = rows_[exhibit.split]++;
      std::string row = fmt::format("{}\tmain-captions\timages\t2014\t{:04}\tnone\tnone\t{}\t{}",
                                    index, index, pair.first, pair.second);
      if (exhibit.split != "test") row += fmt::format("\t{:.3f}", score);
      UNIMO_TRY(files_.of(exhibit.split).add(row + "\n"));
      ++world_.counts["stsb." + exhibit.split];
      world_.baselines.judge(
          "stsb", {.split = exhibit.split,
                   .score = score,
                   .facts_score = pair.similarity,
                   .views = {pair_words(pair.first, pair.second), words_of(pair.second)}});
    }
    return ok();
  }

  Status finish() override { return files_.close(); }

 private:
  World& world_;
  SplitFiles files_;
  std::map<std::string, std::int64_t> rows_;
};

constexpr std::string_view kMnliColumns =
    "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\t"
    "sentence1_parse\tsentence2_parse\tsentence1\tsentence2";

class Mnli : public Format {
 public:
  // Development and test: matched and mismatched.
  Mnli(World& world, SplitFiles matched, GrowingFile dev_mismatched, GrowingFile test_mismatched)
      : world_(world),
        matched_(std::move(matched)),
        dev_mismatched_(std::move(dev_mismatched)),
        test_mismatched_(std::move(test_mismatched)) {
    for (const char* task : {"mnli", "mnli mismatched"})
      world.baselines.declare({.name = task, .views = {"bag of words", "hypothesis only"}});
  }

  Status add(const Exhibit& exhibit) override {
    Draws draws = draws_for(world_, "mnli", exhibit);
    for (std::size_t k = 0; k < kTextPairs; ++k)
      UNIMO_TRY(add_pair(exhibit, k, static_cast<Genre>(draws.below(3)), draws));
    if (exhibit.split == "train") return ok();
    for (std::size_t k = kTextPairs; k < 2 * kTextPairs; ++k)
      UNIMO_TRY(add_pair(exhibit, k, static_cast<Genre>(3 + draws.below(2)), draws));
    return ok();
  }

  Status finish() override {
    UNIMO_TRY(matched_.close());
    UNIMO_TRY(dev_mismatched_.close());
    return test_mismatched_.close();
  }

 private:
  Status add_pair(const Exhibit& exhibit, std::size_t k, Genre genre, Draws& draws) {
    const TextPair pair = write_text_pair(exhibit.scene, genre, draws);
    const bool train = exhibit.split == "train", mismatched = k >= kTextPairs;
    const auto labels = ask_people(pair.verdict, train ? 1 : kAnnotators, kSlip, draws);
    const Verdict gold = gold_of(labels, pair.verdict);
    GrowingFile& file = !mismatched              ? matched_.of(exhibit.split)
                        : exhibit.split == "val" ? dev_mismatched_
                                                 : test_mismatched_;
    const std::int64_t prompt = exhibit.scene.number * 2 * static_cast<std::int64_t>(kTextPairs) +
                                static_cast<std::int64_t>(k);
    std::string row =
        fmt::format("{}\t{}\t{}{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                    rows_[exhibit.split + (mismatched ? " mismatched" : "")]++, prompt, prompt,
                    word(pair.verdict)[0], word(genre), binary_parse(pair.premise),
                    binary_parse(pair.hypothesis), tree_parse(pair.premise),
                    tree_parse(pair.hypothesis), pair.premise, pair.hypothesis);
    if (exhibit.split != "test") {
      for (const Verdict label : labels) row += fmt::format("\t{}", word(label));
      row += fmt::format("\t{}", word(gold));
    }
    ++world_.counts[(mismatched ? "mnli_mismatched." : "mnli.") + exhibit.split];
    judge(exhibit.split, mismatched, pair, gold);
    return file.add(row + "\n");
  }

  void judge(const std::string& split, bool mismatched, const TextPair& pair, Verdict gold) {
    const JudgedItem item{
        .split = split,
        .label = std::string(word(gold)),
        .facts = std::string(word(pair.verdict)),
        .views = {pair_words(pair.premise, pair.hypothesis), words_of(pair.hypothesis)}};
    if (split == "train" || !mismatched) world_.baselines.judge("mnli", item);
    if (split == "train" || mismatched) world_.baselines.judge("mnli mismatched", item);
  }

  World& world_;
  SplitFiles matched_;
  GrowingFile dev_mismatched_, test_mismatched_;
  std::map<std::string, std::int64_t> rows_;
};

Result<SplitFiles> glue_files(const World& world, const char* task) {
  return SplitFiles::create(world.folder / "glue" / task, "train.tsv", "dev.tsv", "test.tsv");
}

}  // namespace

OpenedFormat sst2_format(World& world) {
  auto files = UNIMO_TRY(glue_files(world, "SST-2"));
  UNIMO_TRY(files.of("train").add("sentence\tlabel\n"));
  UNIMO_TRY(files.of("val").add("sentence\tlabel\n"));
  UNIMO_TRY(files.of("test").add("index\tsentence\n"));
  return std::make_unique<Sst2>(world, std::move(files));
}

// No header in train and dev.
OpenedFormat cola_format(World& world) {
  auto files = UNIMO_TRY(glue_files(world, "CoLA"));
  UNIMO_TRY(files.of("test").add("index\tsentence\n"));
  return std::make_unique<Cola>(world, std::move(files));
}

OpenedFormat stsb_format(World& world) {
  constexpr std::string_view kColumns =
      "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2";
  auto files = UNIMO_TRY(glue_files(world, "STS-B"));
  UNIMO_TRY(files.add(kColumns));
  UNIMO_TRY(files.of("train").add("\tscore"));
  UNIMO_TRY(files.of("val").add("\tscore"));
  UNIMO_TRY(files.add("\n"));
  return std::make_unique<Stsb>(world, std::move(files));
}

OpenedFormat mnli_format(World& world) {
  const std::filesystem::path folder = world.folder / "glue" / "MNLI";
  auto matched =
      UNIMO_TRY(SplitFiles::create(folder, "train.tsv", "dev_matched.tsv", "test_matched.tsv"));
  auto dev = UNIMO_TRY(GrowingFile::create(folder / "dev_mismatched.tsv"));
  auto test = UNIMO_TRY(GrowingFile::create(folder / "test_mismatched.tsv"));
  const std::string columns(kMnliColumns);
  const std::string five = "\tlabel1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label\n";
  UNIMO_TRY(matched.of("train").add(columns + "\tlabel1\tgold_label\n"));
  UNIMO_TRY(matched.of("val").add(columns + five));
  UNIMO_TRY(matched.of("test").add(columns + "\n"));
  UNIMO_TRY(dev.add(columns + five));
  UNIMO_TRY(test.add(columns + "\n"));
  return std::make_unique<Mnli>(world, std::move(matched), std::move(dev), std::move(test));
}

}  // namespace unimo::stages
