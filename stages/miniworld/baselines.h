// What can be had without understanding: printed with the data, so that everybody sees that the
// tasks of the mini-world need more.
//
// Each task is measured on its development split: the majority label; the one word that tells most;
// a bag of words (the better of naive Bayes and logistic regression); one modality alone, where the
// task has two; and the facts, that is what somebody reaches who knows the scene and reads
// perfectly, given the noise in the labels. Texts to write are measured by word F1 of what can be
// copied; their facts are what one person writes against what others write, where the files have
// several answers. Models learn from at most kTrain training examples and
// are measured on at most kDev, so that memory stays bounded.
//
//   baselines.declare({.name = "mnli", .views = {"bag of words", "hypothesis only"}});
//   baselines.judge("mnli", {.split = "train", .label = …, .facts = …, .views = {…, …}});
//   write_baselines(baselines, folder);
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/base/json.h"
#include "orchestrator/base/result.h"
#include "stages/miniworld/bag_models.h"

namespace unimo::stages {

struct BaselineTask {
  std::string name;
  // accuracy (of VQA: its soft accuracy), matthews, pearson, word_f1.
  std::string metric = "accuracy";
  // What each view may see. The first is the bag of words; others are single modalities.
  std::vector<std::string> views;
};

struct JudgedItem {
  std::string split;                                   // train or val count; others do not
  std::string label;                                   // as in the file
  std::string facts;                                   // as the facts have it
  double score = 0;                                    // pearson: instead of label
  double facts_score = 0;                              // pearson: instead of facts
  std::vector<std::pair<std::string, double>> credit;  // VQA: what each answer earns, 0 to 1
  std::vector<std::vector<std::string>> views;         // features, in the order of the task's views
};

class Baselines {
 public:
  static constexpr std::size_t kTrain = 20000, kDev = 4000;

  void declare(BaselineTask task);
  void judge(const std::string& task, const JudgedItem& item);
  // Tasks of metric word_f1: how well `system` ("lead", "copy", "facts") writes one text of the
  // development split; the best of several references counts.
  void compare(const std::string& task, const std::string& system, std::string_view text,
               const std::vector<std::string>& references);

  // {"format": "unimo.miniworld_baselines", "version": 1, "tasks": [{"task", "metric", "train",
  // "dev", "systems": {name: value × 100}}]}; tasks without development items are left out.
  Json table() const;

 private:
  struct Item {
    std::vector<std::vector<std::int32_t>> views;
    std::int32_t label = 0, facts = 0;
    double score = 0, facts_score = 0;
    std::vector<std::pair<std::int32_t, double>> credit;
  };
  struct Task {
    BaselineTask declared;
    FeatureTable features, labels;
    std::vector<Item> train, dev;
    std::map<std::string, std::pair<double, std::int64_t>> texts;  // sum of F1, texts
  };
  static Json measure_labels(const Task& task);
  static Json measure_scores(const Task& task);
  static double metric(const Task& task, const std::vector<std::int32_t>& predictions);

  std::map<std::string, Task> tasks_;
};

// Features of two texts: the words of either, and the words of both, which tell how much they have
// in common.
std::vector<std::string> pair_words(std::string_view first, std::string_view second);

// baselines.json and baselines.md, the same as a table for people.
Status write_baselines(const Json& table, const std::filesystem::path& folder);

}  // namespace unimo::stages
