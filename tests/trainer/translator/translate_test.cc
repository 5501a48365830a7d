// Decoding and search against the slow translator, which reads everything anew for every token.
#include "trainer/translator/translate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "tests/trainer/translator/slow_translator.h"
#include "trainer/loop/numerics.h"
#include "trainer/translator/translation_decoder.h"

namespace unimo::trainer {
namespace {

constexpr std::int32_t kStart = 69, kEnd = 0;

std::vector<std::vector<std::int32_t>> random_sources(std::uint64_t seed, std::size_t count) {
  Random random({.seed = seed});
  std::vector<std::vector<std::int32_t>> sources;
  for (std::size_t i = 0; i < count; ++i)
    sources.push_back(random_text(random, 1 + random.below(12), 70));
  sources.push_back(random_text(random, 70, 70));
  return sources;
}

TranslationTokens tokens(bool renormalize) {
  return {.start = kStart,
          .end = kEnd,
          .never = {kStart},
          .renormalize = renormalize,
          .forced_end = true};
}

// Log probabilities of the token behind `written`.
std::vector<double> slow_next(const SlowTranslator& slow, const std::vector<std::int32_t>& source,
                              const std::vector<std::int32_t>& written,
                              const TranslationTokens& rules) {
  std::vector<std::int32_t> input = {rules.start};
  input.insert(input.end(), written.begin(), written.end());
  std::vector<double> logits = slow.logits(source, input).back();
  if (rules.renormalize)
    for (const std::int32_t token : rules.never) logits[static_cast<std::size_t>(token)] = -1e9;
  return SlowTranslator::log_softmax(logits);
}

TEST(TranslationDecoder, AnswersWhatReadingAnewAnswers) {
  Translator model(tiny_translator(), 9);
  roughen(model, 10);
  const SlowTranslator slow(model);
  const auto sources = random_sources(21, 3);
  PackedTexts packed;
  for (const auto& source : sources) packed.add(source);
  TranslationDecoder decoder(model, {});
  decoder.start(packed, {.rows = 16, .steps = 5});
  Random random({.seed = 3});
  std::vector<std::vector<std::int32_t>> written(sources.size());
  std::vector<DecodeRow> rows;
  for (int i = 0; i < static_cast<int>(sources.size()); ++i)
    rows.push_back({.source = i, .token = kStart});
  for (int step = 0; step < 5; ++step) {
    const auto next = decoder.step(rows);
    std::vector<DecodeRow> continued;
    std::vector<std::vector<std::int32_t>> longer;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const auto& source = sources[static_cast<std::size_t>(rows[r].source)];
      const auto expected = slow_next(slow, source, written[r], tokens(false));
      for (std::int32_t v = 0; v < 70; ++v)
        ASSERT_NEAR(next[r].log_probability(v), expected[static_cast<std::size_t>(v)], 5e-4)
            << "step " << step << ", row " << r;
      // Two continuations of the first source, of the others one or, of the last, none.
      const int copies = rows[r].source == 0 ? (rows.size() < 7 ? 2 : 1)
                                             : (rows[r].source == 3 && step == 2 ? 0 : 1);
      for (int copy = 0; copy < copies; ++copy) {
        continued.push_back({.source = rows[r].source,
                             .parent = static_cast<int>(r),
                             .token = static_cast<std::int32_t>(random.below(60))});
        longer.push_back(written[r]);
        longer.back().push_back(continued.back().token);
      }
    }
    rows = continued;
    written = longer;
  }
}

// Hugging Face's rules, with all continuations written out and sorted.
struct SlowHypothesis {
  std::vector<std::int32_t> tokens;
  double sum = 0, score = 0;
};

std::vector<SlowHypothesis> slow_beam(const SlowTranslator& slow,
                                      const std::vector<std::int32_t>& source,
                                      const TranslationSearchConfig& search,
                                      const TranslationTokens& rules) {
  const auto beam = static_cast<std::size_t>(search.beam);
  std::vector<SlowHypothesis> live = {{}}, finished;
  const auto score_of = [&](const SlowHypothesis& h) {
    return h.sum / std::pow(static_cast<double>(h.tokens.size()), search.length_penalty);
  };
  for (int step = 1; step <= search.max_length; ++step) {
    std::vector<SlowHypothesis> all;
    for (const SlowHypothesis& h : live) {
      const auto next = slow_next(slow, source, h.tokens, rules);
      for (std::int32_t v = 0; v < static_cast<std::int32_t>(next.size()); ++v) {
        if (std::ranges::find(rules.never, v) != rules.never.end()) continue;
        const bool last = step == search.max_length;
        if (last && v != rules.end) continue;
        SlowHypothesis more = h;
        more.tokens.push_back(v);
        more.sum += last ? 0 : next[static_cast<std::size_t>(v)];
        all.push_back(more);
      }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.sum > b.sum; });
    live.clear();
    for (std::size_t rank = 0; rank < std::min(all.size(), 2 * beam); ++rank) {
      const bool ends = all[rank].tokens.back() == rules.end;
      if (ends && rank < beam) {
        all[rank].score = score_of(all[rank]);
        finished.push_back(all[rank]);
      }
      if (!ends && live.size() < beam) live.push_back(all[rank]);
    }
    std::stable_sort(finished.begin(), finished.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    if (finished.size() > beam) finished.resize(beam);
    if (live.empty()) break;
    if (finished.size() == beam && score_of(live.front()) <= finished.back().score) break;
  }
  return finished;
}

TEST(Translate, BeamSearchFindsWhatExhaustiveReadingFinds) {
  for (const bool renormalize : {true, false}) {
    for (const double penalty : {1.0, 0.4}) {
      Translator model(tiny_translator(), 9);
      roughen(model, 11);
      const SlowTranslator slow(model);
      const auto sources = random_sources(31, 5);
      const std::vector<std::string> keys(sources.size());
      const TranslateOptions options{
          .search = {.beam = 3, .length_penalty = penalty, .max_length = 7},
          .results = 3,
          .batch = 4};
      const auto found = translate_ids(model, tokens(renormalize), sources, keys, options).value();
      for (std::size_t i = 0; i < sources.size(); ++i) {
        const auto expected = slow_beam(slow, sources[i], options.search, tokens(renormalize));
        ASSERT_EQ(found[i].size(), expected.size());
        for (std::size_t k = 0; k < expected.size(); ++k) {
          std::vector<std::int32_t> ids = expected[k].tokens;
          ids.pop_back();
          EXPECT_EQ(found[i][k].tokens, ids) << "source " << i << ", hypothesis " << k;
          EXPECT_NEAR(found[i][k].score, expected[k].score, 1e-3);
          EXPECT_TRUE(found[i][k].finished);
        }
      }
    }
  }
}

bool same(const std::vector<std::vector<Translation>>& a,
          const std::vector<std::vector<Translation>>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return std::ranges::equal(x, y, [](const Translation& s, const Translation& t) {
      return std::tie(s.tokens, s.score, s.finished) == std::tie(t.tokens, t.score, t.finished);
    });
  });
}

TEST(Translate, GivesTheSameBitsInAnyBatchOnAnyNumberOfThreads) {
  Translator model(tiny_translator(), 9);
  roughen(model, 12);
  const auto sources = random_sources(41, 12);
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < sources.size(); ++i) keys.push_back("caption " + std::to_string(i));
  for (const char* method : {"beam", "sampling"}) {
    TranslateOptions options{
        .search = {.method = method, .max_length = 9}, .results = 3, .seed = 5};
    std::vector<std::vector<std::vector<Translation>>> all;
    for (const auto& [batch, threads] : {std::pair(1, 1), std::pair(5, 2), std::pair(64, 3)}) {
      use_threads(threads);
      options.batch = batch;
      all.push_back(translate_ids(model, tokens(true), sources, keys, options).value());
    }
    use_threads(1);
    EXPECT_TRUE(same(all[0], all[1])) << method;
    EXPECT_TRUE(same(all[0], all[2])) << method;
  }
}

TEST(Translate, SamplingDrawsByTheModelsProbabilities) {
  Translator model(tiny_translator(), 9);
  roughen(model, 13);
  const SlowTranslator slow(model);
  const std::vector<std::vector<std::int32_t>> sources = {{5, 6, 7, kEnd}};
  const std::vector<std::string> keys = {"a caption"};
  const TranslateOptions options{
      .search = {.method = "sampling", .temperature = 0.7, .top_k = 5, .max_length = 2},
      .results = 4000};
  const auto found = translate_ids(model, tokens(true), sources, keys, options).value();
  std::map<std::int32_t, int> counts;
  for (const Translation& one : found[0]) ++counts[one.tokens.empty() ? kEnd : one.tokens[0]];
  auto p = slow_next(slow, sources[0], {}, tokens(true));
  std::vector<std::pair<double, std::int32_t>> order;
  for (std::int32_t v = 0; v < 70; ++v) order.emplace_back(p[static_cast<std::size_t>(v)], v);
  std::sort(order.rbegin(), order.rend());
  order.resize(5);
  double total = 0;
  for (const auto& [l, v] : order) total += std::exp(l / 0.7);
  double chi_square = 0;
  int seen = 0;
  for (const auto& [l, v] : order) {
    const double expected = 4000 * std::exp(l / 0.7) / total;
    chi_square += std::pow(counts[v] - expected, 2) / expected;
    seen += counts[v];
  }
  EXPECT_EQ(seen, 4000);
  EXPECT_LT(chi_square, 20);  // of four degrees of freedom: p is 5e-4
}

TEST(Translate, SaysWhatDoesNotFit) {
  Translator model(tiny_translator(), 9);
  const std::vector<std::vector<std::int32_t>> sources = {{5, kEnd}};
  const std::vector<std::string> keys = {""};
  const auto longer =
      translate_ids(model, tokens(true), sources, keys, {.search = {.max_length = 90}});
  ASSERT_FALSE(longer);
  EXPECT_NE(longer.error().message.find("80 positions"), std::string::npos);
  const auto wider = translate_ids(model, tokens(true), sources, keys,
                                   {.search = {.beam = 2, .max_length = 9}, .results = 3});
  ASSERT_FALSE(wider);
  EXPECT_NE(wider.error().message.find("raise beam"), std::string::npos);
}

}  // namespace
}  // namespace unimo::trainer
