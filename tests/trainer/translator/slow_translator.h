// A translator in plain loops and double precision, one text at a time and everything anew: what
// the fast ones are compared with. Written from the formulas of translator.h alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "trainer/data/random.h"
#include "trainer/translator/translator.h"

namespace unimo::trainer {

using SlowRows = std::vector<std::vector<double>>;

class SlowTranslator {
 public:
  explicit SlowTranslator(const Translator& model) : c_(model.config()) {
    for (const Parameter& p : model.parameters().all()) {
      const auto values = model.parameters().values().subspan(static_cast<std::size_t>(p.offset),
                                                              static_cast<std::size_t>(p.count));
      weights_[p.spec.name] = std::vector<double>(values.begin(), values.end());
    }
  }

  std::vector<double>& weight(const std::string& name) { return weights_.at(name); }

  SlowRows encode(const std::vector<std::int32_t>& source) const {
    SlowRows x = embed(source, c_.shared_embeddings ? "target_embedding" : "source_embedding");
    for (int i = 0; i < c_.encoder_layers; ++i) {
      const std::string layer = "source_layer_" + std::to_string(i);
      x = attention(x, x, layer + "_multi_head_att_", layer + "_post_att_layer_norm", false);
      x = feed_forward(x, layer);
    }
    return x;
  }

  // Of every position of the input, [input, vocabulary].
  SlowRows logits(const std::vector<std::int32_t>& source,
                  const std::vector<std::int32_t>& input) const {
    const SlowRows encoded = encode(source);
    SlowRows x = embed(input, "target_embedding");
    for (int i = 0; i < c_.decoder_layers; ++i) {
      const std::string layer = "target_layer_" + std::to_string(i);
      x = attention(x, x, layer + "_multi_head_att_", layer + "_post_att_layer_norm", true);
      x = attention(x, encoded, layer + "_cross_att_", layer + "_post_cross_layer_norm", false);
      x = feed_forward(x, layer);
    }
    SlowRows out;
    for (const auto& row : x) {
      out.emplace_back();
      for (int v = 0; v < c_.target_vocabulary; ++v) {
        double sum = weights_.at("output_bias")[static_cast<std::size_t>(v)];
        for (int h = 0; h < c_.hidden; ++h)
          sum += row[static_cast<std::size_t>(h)] *
                 weights_.at("target_embedding")[static_cast<std::size_t>(v * c_.hidden + h)];
        out.back().push_back(sum);
      }
    }
    return out;
  }

  static std::vector<double> log_softmax(const std::vector<double>& logits) {
    double top = logits[0], sum = 0;
    for (const double l : logits) top = std::max(top, l);
    for (const double l : logits) sum += std::exp(l - top);
    std::vector<double> out;
    for (const double l : logits) out.push_back(l - top - std::log(sum));
    return out;
  }

  // Cross-entropy with label smoothing, summed over the target.
  double loss(const std::vector<std::int32_t>& source, const std::vector<std::int32_t>& input,
              const std::vector<std::int32_t>& target, double smoothing) const {
    const SlowRows rows = logits(source, input);
    double sum = 0;
    for (std::size_t i = 0; i < target.size(); ++i) {
      const std::vector<double> p = log_softmax(rows[i]);
      double mean = 0;
      for (const double l : p) mean += l / static_cast<double>(p.size());
      sum -= (1 - smoothing) * p[static_cast<std::size_t>(target[i])] + smoothing * mean;
    }
    return sum;
  }

 private:
  SlowRows embed(const std::vector<std::int32_t>& ids, const std::string& table) const {
    SlowRows x;
    const double scale = c_.scale_embedding ? std::sqrt(c_.hidden) : 1;
    for (std::size_t p = 0; p < ids.size(); ++p) {
      x.emplace_back();
      for (int h = 0; h < c_.hidden; ++h) {
        const int i = h % (c_.hidden / 2);
        const double angle = static_cast<double>(p) / std::pow(10000.0, 2.0 * i / c_.hidden);
        x.back().push_back(weights_.at(table)[static_cast<std::size_t>(ids[p] * c_.hidden + h)] *
                               scale +
                           (h < c_.hidden / 2 ? std::sin(angle) : std::cos(angle)));
      }
    }
    return x;
  }

  SlowRows linear(const SlowRows& x, const std::string& name) const {
    const auto& w = weights_.at(name + ".w_0");
    const auto& b = weights_.at(name + ".b_0");
    const std::size_t in = x[0].size();
    SlowRows y;
    for (const auto& row : x) {
      y.emplace_back();
      for (std::size_t o = 0; o < b.size(); ++o) {
        double sum = b[o];
        for (std::size_t i = 0; i < in; ++i) sum += row[i] * w[o * in + i];
        y.back().push_back(sum);
      }
    }
    return y;
  }

  SlowRows normed(const SlowRows& x, const SlowRows& residual, const std::string& name) const {
    SlowRows y;
    for (std::size_t r = 0; r < x.size(); ++r) {
      const auto n = static_cast<double>(x[r].size());
      double mean = 0, variance = 0;
      for (std::size_t i = 0; i < x[r].size(); ++i) mean += (x[r][i] + residual[r][i]) / n;
      for (std::size_t i = 0; i < x[r].size(); ++i)
        variance += std::pow(x[r][i] + residual[r][i] - mean, 2) / n;
      y.emplace_back();
      for (std::size_t i = 0; i < x[r].size(); ++i) {
        y.back().push_back((x[r][i] + residual[r][i] - mean) / std::sqrt(variance + 1e-5) *
                               weights_.at(name + "_scale")[i] +
                           weights_.at(name + "_bias")[i]);
      }
    }
    return y;
  }

  SlowRows attention(const SlowRows& x, const SlowRows& seen, const std::string& name,
                     const std::string& norm, bool causal) const {
    const SlowRows q = linear(x, name + "query_fc"), k = linear(seen, name + "key_fc"),
                   v = linear(seen, name + "value_fc");
    const auto size = static_cast<std::size_t>(c_.hidden / c_.heads);
    SlowRows context(x.size(), std::vector<double>(x[0].size()));
    for (std::size_t r = 0; r < x.size(); ++r) {
      for (std::size_t first = 0; first < x[0].size(); first += size) {
        const std::size_t visible = causal ? r + 1 : seen.size();
        std::vector<double> scores;
        for (std::size_t s = 0; s < visible; ++s) {
          double sum = 0;
          for (std::size_t i = first; i < first + size; ++i) sum += q[r][i] * k[s][i];
          scores.push_back(sum / std::sqrt(static_cast<double>(size)));
        }
        const std::vector<double> p = log_softmax(scores);
        for (std::size_t s = 0; s < visible; ++s)
          for (std::size_t i = first; i < first + size; ++i)
            context[r][i] += std::exp(p[s]) * v[s][i];
      }
    }
    return normed(linear(context, name + "output_fc"), x, norm);
  }

  SlowRows feed_forward(const SlowRows& x, const std::string& layer) const {
    SlowRows inner = linear(x, layer + "_ffn_fc_0");
    for (auto& row : inner) {
      for (double& u : row) {
        if (c_.activation == "relu") u = std::max(u, 0.0);
        if (c_.activation == "swish") u = u / (1 + std::exp(-u));
        if (c_.activation == "gelu") u = u / 2 * (1 + std::erf(u / std::sqrt(2.0)));
      }
    }
    return normed(linear(inner, layer + "_ffn_fc_1"), x, layer + "_post_ffn_layer_norm");
  }

  TranslatorConfig c_;
  std::map<std::string, std::vector<double>> weights_;
};

inline TranslatorConfig tiny_translator() {
  return {.encoder_layers = 2,
          .decoder_layers = 2,
          .hidden = 32,
          .heads = 4,
          .ffn = 48,
          .source_vocabulary = 70,
          .target_vocabulary = 70,
          .positions = 80,
          .dropout = 0,
          .init_deviation = 0.15};
}

// Token ids from 2 on, the end token 0 last.
inline std::vector<std::int32_t> random_text(Random& random, std::size_t length, int vocabulary) {
  std::vector<std::int32_t> ids;
  for (std::size_t i = 1; i < length; ++i)
    ids.push_back(
        static_cast<std::int32_t>(2 + random.below(static_cast<std::uint64_t>(vocabulary - 3))));
  ids.push_back(0);
  return ids;
}

// Norms and biases away from 1 and 0, so that no mistake in them stays hidden.
inline void roughen(Translator& model, std::uint64_t seed) {
  Random random({.seed = seed, .stream = stream_of("roughen")});
  for (const Parameter& p : model.parameters().all()) {
    for (float& value : model.parameters().values().subspan(static_cast<std::size_t>(p.offset),
                                                            static_cast<std::size_t>(p.count)))
      value += static_cast<float>(0.2 * (random.uniform() - 0.5));
  }
  model.parameters().changed();
}

}  // namespace unimo::trainer
