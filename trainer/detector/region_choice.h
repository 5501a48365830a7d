// Which proposals become regions of a picture, 10 to 100 of them: Caffe's rule, class by class
// (bottom-up-attention, tools/generate_tsv.py), and detectron2's, one suppression for all classes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/detector/box.h"
#include "trainer/detector/box_coding.h"

namespace unimo::trainer {

// Probabilities of classes for a number of boxes, row after row.
struct ClassTable {
  std::span<const float> values;  // [rows, columns]
  std::size_t columns = 0;        // classes and, where it counts, background
  std::size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
  std::span<const float> row(std::size_t r) const { return values.subspan(r * columns, columns); }
};

// How sure the detector is that each box is the best one of some object: the highest probability
// among the classes whose suppression of all boxes keeps it; 0 when none does. Column 0,
// background, does not count. Caffe's convention of overlaps; equal probabilities: the lower box is
// better.
//
// Exact, by one of two ways. Of boxes around many places: suppression is not run; whether a class
// keeps a box is found out when it is asked for, from the boxes that overlap it and beat it there,
// and it is asked for in the order of the box's own probabilities, until a class says yes. Around
// few places, where most boxes are beaten in every class: a suppression of each, on columns that
// fill vector registers. `probabilities` are finite.
std::vector<float> class_wise_confidence(std::span<const Box> boxes,
                                         const ClassTable& probabilities, double overlap);

struct ChoiceRules {
  double min_confidence = 0.2;
  std::size_t min_regions = 10, max_regions = 100;
};

// Numbers of the boxes whose confidence reaches the minimum, ascending. Where they are too few or
// too many, the surest instead, the surest first (equal ones by number). Fewer than min_regions
// only where there are fewer boxes.
std::vector<std::uint32_t> choose_confident(std::span<const float> confidence,
                                            const ChoiceRules& rules);

// detectron2's choice: `boxes` are those of each proposal's best class, `scores` its probability.
// Suppression at `first_overlap`, and at 0.1 more until 0.9 while fewer than min_regions stay; the
// best max_regions of the last try, best first.
std::vector<std::uint32_t> choose_apart(std::span<const Box> boxes, std::span<const float> scores,
                                        double first_overlap, const ChoiceRules& rules);

// The column of the highest probability, the first of equal ones. `row` is not empty.
std::size_t likeliest(std::span<const float> row);

}  // namespace unimo::trainer
