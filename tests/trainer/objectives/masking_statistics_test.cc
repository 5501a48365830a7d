// The laws that masking draws from, over a million tokens and a hundred thousand regions, by
// chi-square with fixed seeds.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "trainer/objectives/masked_regions.h"
#include "trainer/objectives/masked_text.h"
#include "trainer/objectives/seq2seq.h"

namespace unimo::trainer {
namespace {

// Pearson's statistic, and the value that 999 of 1000 samples of the law stay below (Wilson and
// Hilferty's approximation).
double chi_square(const std::vector<double>& seen, const std::vector<double>& shares) {
  const double total = std::accumulate(seen.begin(), seen.end(), 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const double wanted = total * shares[i];
    sum += (seen[i] - wanted) * (seen[i] - wanted) / wanted;
  }
  return sum;
}
double limit(std::size_t cells) {
  const double degrees = static_cast<double>(cells) - 1, a = 2 / (9 * degrees);
  return degrees * std::pow(1 - a + 3.0902 * std::sqrt(a), 3);
}
void expect_law(const std::vector<double>& seen, const std::vector<double>& shares,
                const char* what) {
  EXPECT_LT(chi_square(seen, shares), limit(seen.size())) << what;
}

Random random_of(std::uint64_t sample) {
  return Random({.seed = 2021, .stream = stream_of("statistics"), .sample = sample});
}

constexpr Vocabulary kVocabulary{.mask = 49, .first_piece = 4, .size = 50};

// A thousand texts of a thousand tokens that all have one id, every token a unit: over 10^6 tokens.
struct Masked {
  std::int64_t tokens = 0, chosen = 0, masks = 0, kept = 0;
  std::vector<double> random_ids = std::vector<double>(46, 0.0);  // 4 to 49
  std::map<std::size_t, double> budgets;                          // chosen of a text
};

Masked mask_a_million() {
  constexpr std::int32_t kId = 7;
  const std::vector<std::int32_t> ids(1000, kId);
  const UnitStarts starts(ids.size(), true);
  Masked result;
  for (std::uint64_t text = 0; text < 1000; ++text) {
    Random random = random_of(text);
    const MaskedText plan = plan_masked_text(ids, starts, kVocabulary, {}, random);
    result.tokens += static_cast<std::int64_t>(ids.size());
    result.chosen += static_cast<std::int64_t>(plan.positions.size());
    ++result.budgets[plan.positions.size()];
    for (const std::int32_t position : plan.positions) {
      const std::int32_t shown = plan.shown[static_cast<std::size_t>(position)];
      if (shown == kVocabulary.mask) ++result.masks;
      if (shown == kId) ++result.kept;
      if (shown != kVocabulary.mask && shown != kId)
        ++result.random_ids[static_cast<std::size_t>(shown - 4)];
    }
  }
  return result;
}

TEST(MaskingLaw, FifteenPercentOfTheSequenceAreChosen) {
  const Masked masked = mask_a_million();
  ASSERT_EQ(masked.tokens, 1'000'000);
  // ceil(0.15 · 1002) of every text, no more and no less.
  ASSERT_EQ(masked.budgets.size(), 1U);
  EXPECT_EQ(masked.budgets.begin()->first, 151U);
}

// 80 % [MASK], 10 % any of the 46 ids from 4 on (the true one and [MASK] among them), 10 %
// unchanged.
TEST(MaskingLaw, ChosenTokensAreHiddenReplacedOrKept) {
  const Masked masked = mask_a_million();
  const auto random = static_cast<double>(masked.chosen - masked.masks - masked.kept);
  expect_law({static_cast<double>(masked.masks), random, static_cast<double>(masked.kept)},
             {0.8 + 0.1 / 46, 0.1 * 44 / 46, 0.1 + 0.1 / 46}, "80/10/10");
}

TEST(MaskingLaw, RandomTokensAreUniform) {
  Masked masked = mask_a_million();
  masked.random_ids.erase(masked.random_ids.begin() + 45);  // [MASK], counted as masked
  masked.random_ids.erase(masked.random_ids.begin() + 3);   // the true id, counted as kept
  expect_law(masked.random_ids, std::vector<double>(44, 1.0 / 44), "random ids");
}

// Spans so thin in their text that hardly two touch, and so many that the one which the budget cuts
// does not count: runs of chosen tokens are spans. Lengths 0 and 1 both take the anchor's unit.
TEST(MaskingLaw, SpanLengthsAreGeometricAndTruncated) {
  const MaskedTextConfig config{.share = 0.0005};
  const std::vector<std::int32_t> ids(4'000'000, 7);
  const UnitStarts starts(ids.size(), true);
  std::vector<double> shares(10, 0.0), seen(10, 0.0);
  const double total = 1 - std::pow(0.8, 11);
  for (int length = 0; length <= 10; ++length)
    shares[static_cast<std::size_t>(std::max(length, 1)) - 1] +=
        0.2 * std::pow(0.8, length) / total;
  for (std::uint64_t text = 0; text < 40; ++text) {
    Random random = random_of(text);
    const MaskedText plan = plan_masked_text(ids, starts, kVocabulary, config, random);
    std::size_t run = 0;
    for (std::size_t i = 0; i <= plan.positions.size(); ++i) {
      const bool goes_on =
          i > 0 && i < plan.positions.size() && plan.positions[i] == plan.positions[i - 1] + 1;
      if (!goes_on && run > 0 && run <= 10) ++seen[run - 1];
      run = goes_on ? run + 1 : 1;
    }
  }
  expect_law(seen, shares, "span lengths");
}

// Spans of one unit and a budget of one token: the token chosen is the anchor.
TEST(MaskingLaw, AnchorsAreUniform) {
  const std::vector<std::int32_t> ids(100, 7);
  const UnitStarts starts(ids.size(), true);
  const MaskedTextConfig config{.share = 0.0098, .span_max = 1};
  std::vector<double> seen(100, 0.0);
  for (std::uint64_t text = 0; text < 100'000; ++text) {
    Random random = random_of(text);
    const MaskedText plan = plan_masked_text(ids, starts, kVocabulary, config, random);
    ASSERT_EQ(plan.positions.size(), 1U);
    ++seen[static_cast<std::size_t>(plan.positions[0])];
  }
  expect_law(seen, std::vector<double>(100, 0.01), "anchors");
}

// Targets and all tokens of long texts.
double target_share(const Seq2SeqConfig& config, int size, int texts) {
  std::int64_t targets = 0;
  for (int text = 0; text < texts; ++text) {
    Random random = random_of(static_cast<std::uint64_t>(text));
    for (const Slice& slice : plan_seq2seq(size, config, random).target)
      targets += slice.end - slice.begin;
  }
  return static_cast<double>(targets) / (static_cast<double>(size) * texts);
}

TEST(MaskingLaw, SlicesGenerateAQuarterOfTheTokens) {
  EXPECT_NEAR(target_share({}, 20'000, 500), 0.25, 0.003);
}
TEST(MaskingLaw, FragmentsGenerateExactlyAQuarterOfTheTokens) {
  EXPECT_EQ(target_share({.cut = "fragments"}, 1000, 200), 0.25);
}

// Slices of long texts: of each kind uniform in its range. Only where the ranges do not overlap the
// kind is known: targets of 1 to 3 are short, of 5 to 32 long.
TEST(MaskingLaw, SliceLengthsAreUniformWithinTheirKind) {
  std::vector<double> shorts(3, 0.0), longs(28, 0.0);
  for (std::uint64_t text = 0; text < 300; ++text) {
    Random random = random_of(text);
    const auto plan = plan_seq2seq(20'000, {}, random);
    for (const Slice& slice : plan.target) {
      if (slice.end == 20'000) continue;  // cut by the end
      const int length = slice.end - slice.begin;
      if (length <= 3) ++shorts[static_cast<std::size_t>(length) - 1];
      if (length >= 5) ++longs[static_cast<std::size_t>(length) - 5];
    }
  }
  expect_law(shorts, std::vector<double>(3, 1.0 / 3), "short targets");
  expect_law(longs, std::vector<double>(28, 1.0 / 28), "long targets");
  const double short_sum = std::accumulate(shorts.begin(), shorts.end(), 0.0),
               long_sum = std::accumulate(longs.begin(), longs.end(), 0.0);
  expect_law(
      {short_sum, long_sum},
      {0.4 * 3 / 4 / (0.4 * 3 / 4 + 0.6 * 28 / 29), 0.6 * 28 / 29 / (0.4 * 3 / 4 + 0.6 * 28 / 29)},
      "kinds");
}

// Many fragments in texts with much room, so that the one that is cut to the share does not count.
TEST(MaskingLaw, FragmentLengthsAreUniform) {
  std::vector<double> seen(29, 0.0);
  for (std::uint64_t text = 0; text < 150; ++text) {
    Random random = random_of(text);
    const auto plan = plan_seq2seq(30'000, {.cut = "fragments", .fragment_share = 0.08}, random);
    for (const Slice& slice : plan.target) {
      const int length = slice.end - slice.begin;
      if (length >= 4) ++seen[static_cast<std::size_t>(length) - 4];
    }
  }
  expect_law(seen, std::vector<double>(29, 1.0 / 29), "fragment lengths");
}

// Regions in a row, none overlapping: anchors alone, each region equally often.
TEST(MaskingLaw, AnchorRegionsAreUniform) {
  std::vector<float> boxes;
  for (int i = 0; i < 100; ++i)
    boxes.insert(boxes.end(), {static_cast<float>(i), 0.0F, static_cast<float>(i) + 1, 1.0F});
  std::vector<double> seen(100, 0.0);
  for (std::uint64_t image = 0; image < 1000; ++image) {
    Random random = random_of(image);
    const auto hidden = plan_masked_regions(boxes, {}, random);
    ASSERT_EQ(hidden.size(), 15U);
    for (const std::int32_t region : hidden) ++seen[static_cast<std::size_t>(region)];
  }
  // Drawn without repetition within an image, so the statistic is smaller than that of free draws.
  expect_law(seen, std::vector<double>(100, 0.01), "anchor regions");
}

// 10^5 regions with random boxes: hidden is who was an anchor or overlaps one by more than 0.3;
// about 15 % of the regions when drawing stops, never more than 30 %.
TEST(MaskingLaw, HiddenRegionsAreAnchorsAndWhatOverlapsThem) {
  std::int64_t regions = 0, hidden_in_all = 0;
  for (std::uint64_t image = 0; image < 2000; ++image) {
    Random draws = random_of(image);
    std::vector<float> boxes;
    for (int i = 0; i < 50; ++i) {
      const auto x = static_cast<float>(0.7 * draws.uniform()),
                 y = static_cast<float>(0.7 * draws.uniform());
      const auto w = static_cast<float>(0.05 + 0.25 * draws.uniform());
      boxes.insert(boxes.end(), {x, y, x + w, y + w});
    }
    const auto iou = [&](std::int32_t a, std::int32_t b) {
      const float *p = &boxes[static_cast<std::size_t>(a) * 4],
                  *q = &boxes[static_cast<std::size_t>(b) * 4];
      const double w = std::min<double>(p[2], q[2]) - std::max<double>(p[0], q[0]),
                   h = std::min<double>(p[3], q[3]) - std::max<double>(p[1], q[1]);
      if (w <= 0 || h <= 0) return 0.0;
      const auto area = [](const float* r) {
        return (double(r[2]) - r[0]) * (double(r[3]) - r[1]);
      };
      return w * h / (area(p) + area(q) - w * h);
    };
    Random random = random_of(image + 1'000'000), again = random_of(image + 1'000'000);
    const auto hidden = plan_masked_regions(boxes, {}, random);
    // By the book: ceil(0.15 · 50) = 8 wanted, 15 at most.
    std::vector<bool> wanted(50, false);
    int count = 0;
    while (count < 8) {
      const auto anchor = static_cast<std::int32_t>(again.below(50));
      if (wanted[static_cast<std::size_t>(anchor)]) continue;
      wanted[static_cast<std::size_t>(anchor)] = true;
      ++count;
      for (std::int32_t other = 0; other < 50 && count < 15; ++other) {
        if (wanted[static_cast<std::size_t>(other)] || iou(anchor, other) <= 0.3) continue;
        wanted[static_cast<std::size_t>(other)] = true;
        ++count;
      }
    }
    std::vector<std::int32_t> expected;
    for (std::int32_t i = 0; i < 50; ++i) {
      if (wanted[static_cast<std::size_t>(i)]) expected.push_back(i);
    }
    ASSERT_EQ(hidden, expected) << image;
    regions += 50;
    hidden_in_all += static_cast<std::int64_t>(hidden.size());
  }
  EXPECT_EQ(regions, 100'000);
  EXPECT_GE(static_cast<double>(hidden_in_all) / static_cast<double>(regions), 0.15);
  EXPECT_LE(static_cast<double>(hidden_in_all) / static_cast<double>(regions), 0.22);
}

}  // namespace
}  // namespace unimo::trainer
