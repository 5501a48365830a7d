#include "trainer/translator/translation_objective.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <utility>

#include "orchestrator/base/result.h"
#include "trainer/data/random.h"

namespace unimo::trainer {

namespace {

using Batch = std::vector<std::uint32_t>;

// Batches that are sorted by length together.
constexpr std::int64_t kStretchBatches = 32;

std::int64_t rows_of(const TranslationPair& pair) {
  return static_cast<std::int64_t>(pair.source.size() + pair.target.size());
}

// In the order given, cut where the next pair does not fit.
std::vector<Batch> cut(const std::vector<TranslationPair>& pairs,
                       const std::vector<std::uint32_t>& order, std::int64_t most) {
  std::vector<Batch> batches;
  std::int64_t rows = 0;
  for (const std::uint32_t i : order) {
    const std::int64_t more = rows_of(pairs[i]);
    if (batches.empty() || rows + more > most) {
      batches.emplace_back();
      rows = 0;
    }
    batches.back().push_back(i);
    rows += more;
  }
  return batches;
}

std::vector<std::uint32_t> numbers(std::size_t count) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

std::vector<Batch> batches_of_epoch(const std::vector<TranslationPair>& pairs,
                                    const TranslationObjectiveOptions& options,
                                    std::uint32_t epoch) {
  Random random({.seed = options.seed, .stream = stream_of("translation_order"), .epoch = epoch});
  std::vector<std::uint32_t> order = numbers(pairs.size());
  random.shuffle(std::span(order));
  const std::int64_t limit = options.batch_tokens * kStretchBatches;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    for (std::int64_t rows = 0; end < order.size() && rows < limit; ++end)
      rows += rows_of(pairs[order[end]]);
    std::stable_sort(
        order.begin() + static_cast<std::ptrdiff_t>(begin),
        order.begin() + static_cast<std::ptrdiff_t>(end),
        [&](std::uint32_t a, std::uint32_t b) { return rows_of(pairs[a]) < rows_of(pairs[b]); });
    begin = end;
  }
  std::vector<Batch> batches = cut(pairs, order, options.batch_tokens);
  random.shuffle(std::span(batches));
  return batches;
}

MicroLoss loss_of(TrainedModel& model, const TranslationPairs& pairs, const EncodeOptions& encode,
                  double smoothing, const std::string& name) {
  auto& translator = dynamic_cast<Translator&>(model);
  const at::Tensor sum = translator.loss_sum(pairs, encode, smoothing);
  const auto count = static_cast<double>(pairs.targets.size());
  return {.loss = sum.div(count),
          .means = {{name, static_cast<double>(sum.item<float>()), count}},
          .rows = pairs.sources.rows() + pairs.inputs.rows()};
}

}  // namespace

// Batches differ in number from epoch to epoch, so that the place of a step follows from all
// before.
struct TranslationObjective::Epochs {
  std::mutex mutex;
  std::vector<std::int64_t> begins{0};  // first micro-batch of every epoch known
  std::map<std::size_t, std::vector<Batch>> batches;
};

TranslationObjective::TranslationObjective(std::vector<TranslationPair> pairs,
                                           TranslationObjectiveOptions options)
    : pairs_(std::move(pairs)), options_(options), epochs_(std::make_unique<Epochs>()) {
  UNIMO_CHECK(!pairs_.empty(), "there is no pair to learn from");
}
TranslationObjective::~TranslationObjective() = default;

TranslationPairs pack_pairs(const std::vector<const TranslationPair*>& pairs, std::int32_t start) {
  TranslationPairs packed;
  std::vector<std::int32_t> input;
  for (const TranslationPair* pair : pairs) {
    packed.sources.add(pair->source);
    input.assign(1, start);
    input.insert(input.end(), pair->target.begin(), pair->target.end() - 1);
    packed.inputs.add(input);
    packed.targets.insert(packed.targets.end(), pair->target.begin(), pair->target.end());
  }
  return packed;
}

std::int64_t TranslationObjective::micro_batch_count(std::int64_t) const {
  return options_.micro_batches;
}

std::vector<std::uint32_t> TranslationObjective::members(std::int64_t step,
                                                         std::int64_t index) const {
  const std::int64_t number = step * options_.micro_batches + index;
  const std::lock_guard lock(epochs_->mutex);
  const auto batches_at = [&](std::size_t epoch) -> const std::vector<Batch>& {
    const auto found = epochs_->batches.find(epoch);
    if (found != epochs_->batches.end()) return found->second;
    while (epochs_->batches.size() > 2) epochs_->batches.erase(epochs_->batches.begin());
    return epochs_->batches
        .emplace(epoch, batches_of_epoch(pairs_, options_, static_cast<std::uint32_t>(epoch)))
        .first->second;
  };
  while (epochs_->begins.back() <= number) {
    const std::size_t epoch = epochs_->begins.size() - 1;
    epochs_->begins.push_back(epochs_->begins.back() +
                              static_cast<std::int64_t>(batches_at(epoch).size()));
  }
  const auto after = std::upper_bound(epochs_->begins.begin(), epochs_->begins.end(), number);
  const auto epoch = static_cast<std::size_t>(after - epochs_->begins.begin()) - 1;
  return batches_at(epoch)[static_cast<std::size_t>(number - epochs_->begins[epoch])];
}

Result<MicroBatch> TranslationObjective::micro_batch(std::int64_t step, std::int64_t index) const {
  std::vector<const TranslationPair*> chosen;
  for (const std::uint32_t i : members(step, index)) chosen.push_back(&pairs_[i]);
  const auto pairs = std::make_shared<const TranslationPairs>(pack_pairs(chosen, options_.start));
  const EncodeOptions encode{.training = true,
                             .seed = options_.seed,
                             .step = static_cast<std::uint64_t>(step),
                             .pass = static_cast<std::uint32_t>(index)};
  const auto count = static_cast<int>(options_.micro_batches);
  const double smoothing = options_.label_smoothing;
  return MicroBatch(
      [pairs, encode, count, smoothing](TrainedModel& model) {
        return share_of_step(loss_of(model, *pairs, encode, smoothing, "loss.translation"), count);
      },
      pairs->sources.rows() + pairs->inputs.rows());
}

std::string TranslationObjective::describe(std::int64_t step, std::int64_t index) const {
  std::vector<std::uint32_t> chosen = members(step, index);
  const std::size_t count = chosen.size();
  if (chosen.size() > 8) chosen.resize(8);
  return fmt::format("translation of {} pairs: {}{}", count, fmt::join(chosen, ", "),
                     count > chosen.size() ? ", …" : "");
}

std::int64_t TranslationObjective::steps_of(double epochs) const {
  const auto batches = static_cast<double>(batches_of_epoch(pairs_, options_, 0).size());
  const double steps = std::ceil(epochs * batches / static_cast<double>(options_.micro_batches));
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(steps));
}

std::vector<MicroBatch> held_out_batches(const std::vector<TranslationPair>& pairs,
                                         const TranslationObjectiveOptions& options) {
  std::vector<MicroBatch> batches;
  for (const Batch& batch : cut(pairs, numbers(pairs.size()), options.batch_tokens)) {
    std::vector<const TranslationPair*> chosen;
    for (const std::uint32_t i : batch) chosen.push_back(&pairs[i]);
    const auto packed = std::make_shared<const TranslationPairs>(pack_pairs(chosen, options.start));
    batches.push_back(MicroBatch([packed](TrainedModel& model) {
      return loss_of(model, *packed, {}, 0, "heldout.loss.translation");
    }));
  }
  return batches;
}

}  // namespace unimo::trainer
