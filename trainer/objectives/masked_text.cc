#include "trainer/objectives/masked_text.h"

#include <algorithm>
#include <cmath>

#include "orchestrator/base/result.h"

namespace unimo::trainer {
namespace {

// P(length) ∝ p (1-p)^length on 0 … span_max, by inversion of the truncated law.
int draw_span_length(const MaskedTextConfig& config, Random& draws) {
  const double q = 1.0 - config.span_p;
  const double whole = 1.0 - std::pow(q, config.span_max + 1);
  const double u = draws.uniform() * whole;
  const int length = static_cast<int>(std::floor(std::log1p(-u) / std::log(q)));
  return std::clamp(length, 0, config.span_max);
}

// Marks units from the one that holds `anchor`, until `units` are covered or the budget is spent.
// The budget may cut a unit, as the published routine does; all other units are whole.
int mark_units(std::size_t anchor, int units, int budget, const UnitStarts& starts,
               std::vector<bool>& chosen) {
  std::size_t at = anchor;
  while (at > 0 && !starts[at]) --at;
  int marked = 0;
  for (int covered = 0; at < chosen.size() && marked < budget; ++at) {
    if (starts[at] && covered++ == std::max(units, 1)) break;
    if (chosen[at]) continue;
    chosen[at] = true;
    ++marked;
  }
  return marked;
}

std::vector<bool> choose(std::size_t size, const UnitStarts& starts, const MaskedTextConfig& config,
                         Random& draws) {
  std::vector<bool> chosen(size, false);
  const double wanted = std::ceil(config.share * static_cast<double>(size + 2));
  int budget = std::min(static_cast<int>(wanted), static_cast<int>(size));
  for (int tries = 100 * budget; budget > 0 && tries > 0; --tries) {
    const int units = draw_span_length(config, draws);
    const auto anchor = static_cast<std::size_t>(draws.below(size));
    if (!chosen[anchor]) budget -= mark_units(anchor, units, budget, starts, chosen);
  }
  return chosen;
}

std::int32_t shown_token(std::int32_t id, const Vocabulary& vocabulary,
                         const MaskedTextConfig& config, Random& draws) {
  const double u = draws.uniform();
  if (u < config.mask_share) return vocabulary.mask;
  if (u >= config.mask_share + config.random_share) return id;
  const auto pieces = static_cast<std::uint32_t>(vocabulary.size - vocabulary.first_piece);
  return vocabulary.first_piece + static_cast<std::int32_t>(draws.below(pieces));
}

}  // namespace

MaskedText plan_masked_text(std::span<const std::int32_t> ids, const UnitStarts& starts,
                            const Vocabulary& vocabulary, const MaskedTextConfig& config,
                            Random& draws) {
  UNIMO_CHECK(starts.size() == ids.size(), "{} unit marks for {} tokens", starts.size(),
              ids.size());
  UNIMO_CHECK(vocabulary.size > vocabulary.first_piece, "a vocabulary of {} without pieces",
              vocabulary.size);
  MaskedText plan;
  plan.shown.assign(ids.begin(), ids.end());
  if (ids.empty()) return plan;
  const std::vector<bool> chosen = choose(ids.size(), starts, config, draws);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!chosen[i]) continue;
    plan.positions.push_back(static_cast<std::int32_t>(i));
    plan.labels.push_back(ids[i]);
    plan.shown[i] = shown_token(ids[i], vocabulary, config, draws);
  }
  return plan;
}

}  // namespace unimo::trainer
