// Metrics as functions of sums over items, so that one can ask what the value would have been with
// other items: significance tests draw items and add up their statistics.
//
//   Scored scored;
//   add_mean(scored, "f1", values);                     // one number an item
//   const double again = measure_value("mean", sums, items);
//
// Kinds and their statistics of one item (docs/scorers.md names them in per_item.jsonl):
//   mean       the item's value, already on the metric's scale; the value is the mean
//   bleu1…4    10 numbers: candidate and reference length, n-grams of the candidate (1 to 4), those
//              that match (1 to 4); the value is a hundred times corpus BLEU
//   matthews   k·k numbers: a one where the row of the gold class and the column of the predicted
//   one
//              meet, classes in the order of the task; the value is a hundred times Matthews'
//              correlation
//   pearson    1, x, y, x², y², xy; x and y without the mean of the gold column, the same for all
//              systems, so that little cancels; the value is a hundred times the correlation
//   meteor     the 23 statistics of METEOR's program; the value is a hundred times its score
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evaluators/bleu.h"
#include "evaluators/meteor.h"
#include "stages/score/scored.h"

namespace unimo::stages {

// NaN where the metric is not defined for these sums.
double measure_value(std::string_view kind, std::span<const double> sums, std::size_t items);

void add_mean(Scored& scored, std::string metric, std::vector<double> values);
// bleu1 to bleu4.
void add_bleu(Scored& scored, const eval::CountedItems& items);
// Every label is one of `classes`.
void add_matthews(Scored& scored, std::string metric, std::span<const std::string> classes,
                  std::span<const std::string> gold, std::span<const std::string> predicted);
void add_pearson(Scored& scored, std::string metric, std::span<const double> gold,
                 std::span<const double> predicted);

void add_meteor_statistics(Scored& scored, std::string metric,
                           std::span<const eval::MeteorStatistics> segments);

}  // namespace unimo::stages
