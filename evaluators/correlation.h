// How well predicted numbers follow the gold ones, for STS-B: Pearson's and Spearman's correlation.
//
// Both are -1 to 1, and NaN where they are not defined: fewer than two items, a column of equal
// values, or a value that is no number. The caller says so to the user; GLUE's program, which uses
// SciPy, gives NaN as well.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace unimo::eval {

// Product-moment correlation of centred values. Both columns have one length.
double pearson(std::span<const double> gold, std::span<const double> predicted);

// Pearson's correlation of the ranks.
double spearman(std::span<const double> gold, std::span<const double> predicted);

// From 1; equal values share the mean of their ranks. All values are numbers.
std::vector<double> mean_ranks(std::span<const double> values);

// "pearson|items:1500|scale:100|version:1": one line per score.
std::string pearson_signature(std::size_t items);
std::string spearman_signature(std::size_t items);

}  // namespace unimo::eval
