// UNIMO written straight from its formulas, to hold the fast one against: plain loops in double
// over dense padded sequences with a 0/1 mask. It shares no code with the trainer but the weights.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "trainer/model/unimo.h"

namespace unimo::testing {

using Vector = std::vector<double>;
using Matrix = std::vector<Vector>;

// One position of a sequence: a token, or a region with its feature and its box x1 y1 x2 y2 area.
struct SlowPosition {
  int token = -1;  // -1: a region
  int place = 0;   // position id
  int role = -1, turn = -1;
  Vector feature, box;
  Vector delta;  // added to the sum of a token's embeddings, or to a region's feature; may be empty
};

// sees[q][k]: position q attends to position k.
struct SlowSequence {
  std::vector<SlowPosition> positions;
  std::vector<std::vector<bool>> sees;
};

class SlowUnimo {
 public:
  explicit SlowUnimo(const trainer::Unimo& model);

  // Changes one number of a weight.
  void nudge(const std::string& name, std::size_t element, double by) {
    weights_.at(name).at(element) += by;
  }

  // Final states: [sequence][position][hidden].
  std::vector<Matrix> encode(const std::vector<SlowSequence>& sequences) const;

  Vector lm_log_probabilities(const Vector& state) const;  // [vocabulary]
  Vector region_feature(const Vector& state) const { return linear("region_feature_fc", state); }
  Vector region_log_probabilities(const Vector& state) const;  // [classes]
  Vector pooled_text(const Vector& state) const;
  Vector pooled_image(const Vector& state) const;
  double match(const Vector& text, const Vector& image) const;  // a · (t ⊙ v) + b
  double weight(const std::string& name, std::size_t element) const {
    return weights_.at(name).at(element);
  }
  const trainer::ModelConfig& config() const { return config_; }

 private:
  Vector row(const std::string& table, int number) const;
  Vector linear(const std::string& name, const Vector& x) const;
  Vector norm(const std::string& name, const Vector& x) const;
  Vector embed(const SlowPosition& position) const;
  Matrix attend(int layer, const Matrix& x, const std::vector<std::vector<bool>>& sees) const;

  trainer::ModelConfig config_;
  std::map<std::string, Vector> weights_;
};

// log(softmax(x)).
Vector log_softmax(const Vector& x);
// x / |x|.
Vector unit(const Vector& x);

}  // namespace unimo::testing
