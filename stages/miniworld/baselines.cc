#include "stages/miniworld/baselines.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "orchestrator/base/file.h"
#include "stages/miniworld/lexicon.h"

namespace unimo::stages {

namespace {

double percent(double share) { return std::round(share * 10000) / 100; }

std::int32_t label_number(FeatureTable& labels, const std::string& label) {
  return labels.add({label}).front();
}

double matthews(const std::vector<std::int32_t>& predictions,
                const std::function<std::int32_t(std::size_t)>& gold, std::int32_t positive) {
  double tp = 0, tn = 0, fp = 0, fn = 0;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const bool said = predictions[i] == positive;
    const bool is = gold(i) == positive;
    (said ? (is ? tp : fp) : (is ? fn : tn)) += 1;
  }
  const double product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
  return product == 0 ? 0 : (tp * tn - fp * fn) / std::sqrt(product);
}

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  const auto mean = [](const std::vector<double>& v) {
    double sum = 0;
    for (const double x : v) sum += x;
    return sum / static_cast<double>(v.size());
  };
  const double mean_a = mean(a), mean_b = mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa * bb == 0 ? 0 : ab / std::sqrt(aa * bb);
}

// Presence of one word decides between two labels.
struct OneWord {
  std::int32_t word = -1, with = 0, without = 0;
};

OneWord most_telling_word(const std::vector<BagExample>& examples, std::size_t features,
                          std::size_t labels) {
  std::vector<std::int64_t> count(features * labels), all(labels);
  for (const BagExample& example : examples) {
    const auto label = static_cast<std::size_t>(example.label);
    ++all[label];
    for (const std::int32_t feature : example.features)
      ++count[static_cast<std::size_t>(feature) * labels + label];
  }
  OneWord best;
  std::int64_t best_right = -1;
  for (std::size_t feature = 0; feature < features; ++feature) {
    std::size_t with = 0, without = 0;
    const auto inside = [&](std::size_t label) { return count[feature * labels + label]; };
    for (std::size_t label = 1; label < labels; ++label) {
      if (inside(label) > inside(with)) with = label;
      if (all[label] - inside(label) > all[without] - inside(without)) without = label;
    }
    const std::int64_t right = inside(with) + all[without] - inside(without);
    if (right <= best_right) continue;
    best_right = right;
    best = {static_cast<std::int32_t>(feature), static_cast<std::int32_t>(with),
            static_cast<std::int32_t>(without)};
  }
  return best;
}

bool holds(const std::vector<std::int32_t>& features, std::int32_t feature) {
  return std::binary_search(features.begin(), features.end(), feature);
}

}  // namespace

void Baselines::declare(BaselineTask task) {
  const std::string name = task.name;
  tasks_[name].declared = std::move(task);
}

void Baselines::judge(const std::string& name, const JudgedItem& item) {
  Task& task = tasks_.at(name);
  const bool train = item.split == "train";
  if (!train && item.split != "val") return;
  std::vector<Item>& items = train ? task.train : task.dev;
  if (items.size() >= (train ? kTrain : kDev)) return;
  Item row{.score = item.score, .facts_score = item.facts_score};
  for (const auto& view : item.views) row.views.push_back(task.features.add(view));
  row.label = label_number(task.labels, item.label);
  row.facts = label_number(task.labels, item.facts);
  for (const auto& [answer, value] : item.credit)
    row.credit.emplace_back(label_number(task.labels, answer), value);
  if (row.credit.empty()) row.credit.emplace_back(row.label, 1.0);
  items.push_back(std::move(row));
}

void Baselines::compare(const std::string& task, const std::string& system, std::string_view text,
                        const std::vector<std::string>& references) {
  double best = 0;
  for (const std::string& reference : references) best = std::max(best, word_f1(text, reference));
  auto& [sum, count] = tasks_.at(task).texts[system];
  sum += best;
  ++count;
}

double Baselines::metric(const Task& task, const std::vector<std::int32_t>& predictions) {
  if (task.declared.metric == "matthews") {
    const std::int32_t positive = task.labels.find({"1"}).front();
    return percent(matthews(
        predictions, [&](std::size_t i) { return task.dev[i].label; }, positive));
  }
  double sum = 0;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    for (const auto& [label, value] : task.dev[i].credit) {
      if (label == predictions[i]) sum += value;
    }
  }
  return percent(sum / static_cast<double>(predictions.size()));
}

Json Baselines::measure_labels(const Task& task) {
  const auto measure = [&](const std::function<std::int32_t(const Item&)>& predict) {
    std::vector<std::int32_t> predictions;
    for (const Item& item : task.dev) predictions.push_back(predict(item));
    return metric(task, predictions);
  };
  Json systems = {{"facts", measure([](const Item& item) { return item.facts; })}};
  if (task.train.empty()) return systems;
  const std::size_t features = task.features.size(), labels = task.labels.size();
  std::vector<std::int64_t> counts(labels);
  for (const Item& item : task.train) ++counts[static_cast<std::size_t>(item.label)];
  const auto majority =
      static_cast<std::int32_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  systems["majority"] = measure([&](const Item&) { return majority; });
  for (std::size_t view = 0; view < task.declared.views.size(); ++view) {
    std::vector<BagExample> examples;
    std::vector<bool> seen(features);
    for (const Item& item : task.train) {
      examples.push_back({item.views[view], item.label});
      for (const std::int32_t feature : item.views[view])
        seen[static_cast<std::size_t>(feature)] = true;
    }
    // Words that training never saw say nothing.
    const auto known = [&](const Item& item) {
      std::vector<std::int32_t> kept;
      for (const std::int32_t feature : item.views[view]) {
        if (seen[static_cast<std::size_t>(feature)]) kept.push_back(feature);
      }
      return kept;
    };
    const NaiveBayes bayes(examples, features, labels);
    const LogisticRegression logistic(examples, features, labels);
    systems[task.declared.views[view]] =
        std::max(measure([&](const Item& item) { return bayes.predict(known(item)); }),
                 measure([&](const Item& item) { return logistic.predict(known(item)); }));
    if (view > 0) continue;
    const OneWord word = most_telling_word(examples, features, labels);
    systems["one word"] = measure([&](const Item& item) {
      return holds(item.views[0], word.word) ? word.with : word.without;
    });
  }
  return systems;
}

Json Baselines::measure_scores(const Task& task) {
  const auto measure = [&](const std::function<double(const Item&)>& predict) {
    std::vector<double> predicted, gold;
    for (const Item& item : task.dev) {
      predicted.push_back(predict(item));
      gold.push_back(item.score);
    }
    return percent(pearson(predicted, gold));
  };
  Json systems = {{"facts", measure([](const Item& item) { return item.facts_score; })},
                  {"majority", 0}};  // a constant has no correlation
  for (std::size_t view = 0; view < task.declared.views.size(); ++view) {
    std::vector<BagScore> examples;
    for (const Item& item : task.train) examples.push_back({item.views[view], item.score});
    const LinearRegression model(examples, task.features.size());
    systems[task.declared.views[view]] =
        measure([&](const Item& item) { return model.predict(item.views[view]); });
  }
  return systems;
}

Json Baselines::table() const {
  Json rows = Json::array();
  for (const auto& [name, task] : tasks_) {
    Json row = {{"task", name}, {"metric", task.declared.metric}};
    if (task.declared.metric == "word_f1") {
      if (task.texts.empty()) continue;
      std::int64_t most = 0;
      for (const auto& [system, total] : task.texts) {
        row["systems"][system] = percent(total.first / static_cast<double>(total.second));
        most = std::max(most, total.second);
      }
      row["dev"] = most;
    } else {
      if (task.dev.empty()) continue;
      row["train"] = task.train.size();
      row["dev"] = task.dev.size();
      row["systems"] =
          task.declared.metric == "pearson" ? measure_scores(task) : measure_labels(task);
    }
    rows.push_back(std::move(row));
  }
  return {{"format", "unimo.miniworld_baselines"}, {"version", 1}, {"tasks", std::move(rows)}};
}

std::vector<std::string> pair_words(std::string_view first, std::string_view second) {
  std::vector<std::string> features;
  std::set<std::string> of_first;
  for (const std::string& word : words_of(first)) {
    features.push_back("1:" + word);
    of_first.insert(word);
  }
  for (const std::string& word : words_of(second)) {
    features.push_back("2:" + word);
    if (of_first.contains(word)) features.push_back("both:" + word);
  }
  return features;
}

Status write_baselines(const Json& table, const std::filesystem::path& folder) {
  UNIMO_TRY(write_json(folder / "baselines.json", table));
  std::string page =
      "# Baselines of this world\n\nOn the development split, times 100. \"facts\" knows the scene "
      "and reads perfectly: the rest is noise in the labels.\n\n"
      "| task | metric | items | facts | others |\n| --- | --- | ---: | ---: | --- |\n";
  for (const Json& row : table.at("tasks")) {
    std::string others;
    for (const auto& [system, value] : row.at("systems").items()) {
      if (system == "facts") continue;
      others += fmt::format("{}{} {:.1f}", others.empty() ? "" : ", ", system, value.get<double>());
    }
    const Json& systems = row.at("systems");
    page += fmt::format(
        "| {} | {} | {} | {} | {} |\n", row.at("task").get<std::string>(),
        row.at("metric").get<std::string>(), row.at("dev").get<std::int64_t>(),
        systems.contains("facts") ? fmt::format("{:.1f}", systems.at("facts").get<double>()) : "–",
        others);
  }
  return write_file(folder / "baselines.md", page);
}

}  // namespace unimo::stages
