#include "tests/trainer/objectives/slow_unimo.h"

#include <algorithm>
#include <cmath>

namespace unimo::testing {
namespace {

Vector add(Vector a, const Vector& b) {
  for (std::size_t i = 0; i < b.size(); ++i) a[i] += b[i];
  return a;
}

Vector relu(Vector x) {
  for (double& value : x) value = std::max(value, 0.0);
  return x;
}

Vector gelu(Vector x) {
  for (double& value : x) value *= 0.5 * (1 + std::erf(value / std::sqrt(2.0)));
  return x;
}

}  // namespace

Vector log_softmax(const Vector& x) {
  const double top = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (const double value : x) sum += std::exp(value - top);
  Vector result;
  for (const double value : x) result.push_back(value - top - std::log(sum));
  return result;
}

Vector unit(const Vector& x) {
  double squares = 0;
  for (const double value : x) squares += value * value;
  Vector result;
  for (const double value : x) result.push_back(value / std::sqrt(squares));
  return result;
}

SlowUnimo::SlowUnimo(const trainer::Unimo& model) : config_(model.config()) {
  for (const trainer::Parameter& parameter : model.parameters().all()) {
    const auto values = model.parameters().values().subspan(
        static_cast<std::size_t>(parameter.offset), static_cast<std::size_t>(parameter.count));
    weights_[parameter.spec.name] = Vector(values.begin(), values.end());
  }
}

Vector SlowUnimo::row(const std::string& table, int number) const {
  const auto hidden = static_cast<std::ptrdiff_t>(config_.hidden);
  const auto begin = weights_.at(table).begin() + number * hidden;
  return {begin, begin + hidden};
}

Vector SlowUnimo::linear(const std::string& name, const Vector& x) const {
  const Vector& w = weights_.at(name + ".w_0");
  Vector y = weights_.at(name + ".b_0");
  for (std::size_t o = 0; o < y.size(); ++o) {
    for (std::size_t i = 0; i < x.size(); ++i) y[o] += w[o * x.size() + i] * x[i];
  }
  return y;
}

Vector SlowUnimo::norm(const std::string& name, const Vector& x) const {
  const Vector &scale = weights_.at(name + "_scale"), &bias = weights_.at(name + "_bias");
  const auto n = static_cast<double>(x.size());
  double mean = 0, variance = 0;
  for (const double value : x) mean += value / n;
  for (const double value : x) variance += (value - mean) * (value - mean) / n;
  Vector y;
  for (std::size_t i = 0; i < x.size(); ++i)
    y.push_back((x[i] - mean) / std::sqrt(variance + 1e-5) * scale[i] + bias[i]);
  return y;
}

Vector SlowUnimo::embed(const SlowPosition& p) const {
  if (p.token < 0) {
    const Vector feature = p.delta.empty() ? p.feature : add(p.feature, p.delta);
    return norm("v_pre_encoder_layer_norm",
                add(linear("image_emb", feature), linear("image_loc", p.box)));
  }
  Vector sum = add(row("word_embedding", p.token), row("pos_embedding", p.place));
  if (p.role >= 0) sum = add(sum, row("role_embedding", p.role));
  if (p.turn >= 0) sum = add(sum, row("turn_embedding", p.turn));
  return norm("pre_encoder_layer_norm", p.delta.empty() ? sum : add(sum, p.delta));
}

Matrix SlowUnimo::attend(int layer, const Matrix& x,
                         const std::vector<std::vector<bool>>& sees) const {
  const std::string prefix = "encoder_layer_" + std::to_string(layer) + "_multi_head_att_";
  Matrix queries, keys, values, result;
  for (const Vector& state : x) {
    queries.push_back(linear(prefix + "query_fc", state));
    keys.push_back(linear(prefix + "key_fc", state));
    values.push_back(linear(prefix + "value_fc", state));
  }
  const auto size = static_cast<std::size_t>(config_.hidden / config_.heads);
  for (std::size_t q = 0; q < x.size(); ++q) {
    Vector joined(static_cast<std::size_t>(config_.hidden), 0.0);
    for (std::size_t begin = 0; begin < joined.size(); begin += size) {
      Vector scores(x.size(), 0.0);
      for (std::size_t k = 0; k < x.size(); ++k) {
        for (std::size_t c = begin; c < begin + size; ++c) scores[k] += queries[q][c] * keys[k][c];
        scores[k] = scores[k] / std::sqrt(static_cast<double>(size)) + (sees[q][k] ? 0.0 : -1e4);
      }
      const Vector log_p = log_softmax(scores);
      for (std::size_t k = 0; k < x.size(); ++k) {
        for (std::size_t c = begin; c < begin + size; ++c)
          joined[c] += std::exp(log_p[k]) * values[k][c];
      }
    }
    result.push_back(linear(prefix + "output_fc", joined));
  }
  return result;
}

std::vector<Matrix> SlowUnimo::encode(const std::vector<SlowSequence>& sequences) const {
  std::size_t longest = 0;
  for (const SlowSequence& s : sequences) longest = std::max(longest, s.positions.size());
  std::vector<Matrix> states;
  for (const SlowSequence& s : sequences) {
    Matrix x;
    for (const SlowPosition& p : s.positions) x.push_back(embed(p));
    // Padding as the published readers do it: [PAD] is token 1 at position 1, seen by nobody.
    while (x.size() < longest) x.push_back(embed({.token = 1, .place = 1}));
    std::vector<std::vector<bool>> sees(longest, std::vector<bool>(longest, false));
    for (std::size_t q = 0; q < s.positions.size(); ++q) {
      for (std::size_t k = 0; k < s.positions.size(); ++k) sees[q][k] = s.sees[q][k];
    }
    for (int layer = 0; layer < config_.layers; ++layer) {
      const std::string prefix = "encoder_layer_" + std::to_string(layer) + "_";
      const Matrix attended = attend(layer, x, sees);
      for (std::size_t i = 0; i < longest; ++i) {
        x[i] = norm(prefix + "post_att_layer_norm", add(x[i], attended[i]));
        x[i] =
            norm(prefix + "post_ffn_layer_norm",
                 add(x[i], linear(prefix + "ffn_fc_1", gelu(linear(prefix + "ffn_fc_0", x[i])))));
      }
    }
    x.resize(s.positions.size());
    states.push_back(x);
  }
  return states;
}

Vector SlowUnimo::lm_log_probabilities(const Vector& state) const {
  const Vector x = norm("mask_lm_trans_layer_norm", gelu(linear("mask_lm_trans_fc", state)));
  Vector logits = weights_.at("mask_lm_out_fc.b_0");
  for (std::size_t v = 0; v < logits.size(); ++v) {
    const Vector word = row("word_embedding", static_cast<int>(v));
    for (std::size_t c = 0; c < x.size(); ++c) logits[v] += word[c] * x[c];
  }
  return log_softmax(logits);
}

Vector SlowUnimo::region_log_probabilities(const Vector& state) const {
  return log_softmax(linear("region_class_fc", state));
}
Vector SlowUnimo::pooled_text(const Vector& state) const {
  return relu(linear("pooled_fc_text", state));
}
Vector SlowUnimo::pooled_image(const Vector& state) const {
  return relu(linear("pooled_fc_image", state));
}
double SlowUnimo::match(const Vector& text, const Vector& image) const {
  const Vector& a = weights_.at("match_fc.w_0");
  double d = weights_.at("match_fc.b_0")[0];
  for (std::size_t k = 0; k < text.size(); ++k) d += a[k] * text[k] * image[k];
  return d;
}

}  // namespace unimo::testing
