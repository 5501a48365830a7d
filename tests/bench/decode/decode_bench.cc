// How fast beam search is on the processor: decode_bench [SOURCES LENGTH STEPS BEAM THREADS ROUNDS]
// (32 256 32 5 2 3), on a base model (12 layers of 768, 50,265 tokens) with random weights, fp32.
//
// Sources are random texts. min_length is STEPS, so that every hypothesis takes all steps. Prints
// one JSON line: seconds of each round, wall and processor time, of it those of encoding the
// sources, allocations of a step in the middle of a round, and the process's largest memory.
// decode_peer.py runs it beside Hugging Face's generate.
#include <ATen/Parallel.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "orchestrator/base/json.h"
#include "tests/bench/allocations/allocations.h"
#include "trainer/data/random.h"
#include "trainer/decode/generator.h"
#include "trainer/decode/packed_decoder.h"
#include "trainer/objectives/sequence.h"

namespace unimo::trainer {
namespace {

struct Seconds {
  double wall = 0, processor = 0;
};

Seconds now() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  const auto wall = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration<double>(wall).count(), of(usage.ru_utime) + of(usage.ru_stime)};
}

struct Shape {
  int sources = 32, length = 256, steps = 32, beam = 5, threads = 2, rounds = 3;
};

std::vector<TextSource> random_sources(const Shape& shape, int vocabulary) {
  Random random({.seed = 2026});
  std::vector<TextSource> sources;
  for (int i = 0; i < shape.sources; ++i) {
    std::vector<TokenId> ids;
    for (int t = 0; t < shape.length - 2; ++t)
      ids.push_back(static_cast<TokenId>(
          kFirstPieceId + random.below(static_cast<std::uint64_t>(vocabulary - 10))));
    sources.push_back(text_source(ids, static_cast<std::size_t>(shape.length)));
  }
  return sources;
}

PackedBatch batch_of(const std::vector<TextSource>& sources,
                     std::span<const std::uint32_t> numbers) {
  BatchBuilder builder(2048);
  for (const std::uint32_t number : numbers) {
    const auto& ids = sources[number].ids;
    std::vector<std::int32_t> positions(ids.size());
    std::iota(positions.begin(), positions.end(), 2);
    builder.join(builder.add_tokens(ids, positions).begin);
  }
  return builder.take();
}

// Of a step that is not the first, the searches with it.
std::size_t allocations_of_a_step(Unimo& model, const Shape& shape, const BeamRules& rules,
                                  const PackedBatch& batch) {
  PackedDecoder decoder(model);
  decoder.start(batch, {.rows = std::int64_t{shape.sources} * shape.beam, .steps = 4});
  std::vector<DecodeRow> rows;
  for (int i = 0; i < shape.sources; ++i) rows.push_back({.source = i, .token = kClsId});
  std::vector<BeamSearch> searches(rows.size(), BeamSearch(rules));
  TokenPicker picker;
  std::size_t counted = 0;
  for (int step = 0; step < 4; ++step) {
    const std::size_t before = allocations();
    const auto next = decoder.step(rows);
    std::size_t at = 0;
    for (BeamSearch& search : searches) {
      const std::size_t live = search.live().size();
      search.advance(next.subspan(at, live), picker);
      at += live;
    }
    counted = allocations() - before;
    rows.clear();
    at = 0;
    for (std::size_t i = 0; i < searches.size(); ++i) {
      for (const Hypothesis& h : searches[i].live())
        rows.push_back({static_cast<int>(i), static_cast<int>(step == 0 ? i : at) + h.parent,
                        h.tokens.back()});
      at += searches[i].live().size();
    }
  }
  return counted;
}

Result<Json> run(const Shape& shape) {
  at::set_num_threads(shape.threads);
  Unimo model(base_model(), 1);
  const auto sources = random_sources(shape, model.config().vocabulary);
  const std::vector<std::int64_t> lengths(sources.size(), shape.length);
  std::vector<std::uint32_t> all(sources.size());
  std::iota(all.begin(), all.end(), 0U);
  const BeamRules rules{.config = {.beam = shape.beam,
                                   .alpha = 1,
                                   .min_length = shape.steps,
                                   .max_length = shape.steps},
                        .vocabulary = model.config().vocabulary,
                        .end = model.config().vocabulary - 1};
  const GeneratorOptions options{.rules = rules,
                                 .batch = shape.sources,
                                 .batch_rows = std::int64_t{shape.sources} * shape.length};
  Json rounds = Json::array();
  for (int round = 0; round < shape.rounds; ++round) {
    const Seconds start = now();
    const auto found = UNIMO_TRY(generate(model, options, lengths, [&](auto numbers) {
      return Result<PackedBatch>(batch_of(sources, numbers));
    }));
    const Seconds end = now();
    rounds.push_back({{"wall_s", end.wall - start.wall},
                      {"processor_s", end.processor - start.processor},
                      {"tokens", found.size() * found[0].tokens.size()}});
  }
  const PackedBatch batch = batch_of(sources, all);
  PackedDecoder decoder(model);
  const DecodeLimits limits{.rows = std::int64_t{shape.sources} * shape.beam, .steps = shape.steps};
  decoder.start(batch, limits);  // packs the weights
  const Seconds start = now();
  decoder.start(batch, limits);
  const Seconds end = now();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return Json{
      {"rounds", rounds},
      {"sources_s",
       {{"wall_s", end.wall - start.wall}, {"processor_s", end.processor - start.processor}}},
      {"allocations_of_a_step", allocations_of_a_step(model, shape, rules, batch)},
      {"peak_mb", usage.ru_maxrss / 1000}};
}

}  // namespace
}  // namespace unimo::trainer

int main(int argc, char** argv) {
  unimo::trainer::Shape shape;
  int* const fields[] = {&shape.sources, &shape.length,  &shape.steps,
                         &shape.beam,    &shape.threads, &shape.rounds};
  for (int i = 1; i < argc && i <= 6; ++i) *fields[i - 1] = std::atoi(argv[i]);
  const auto found = unimo::trainer::run(shape);
  if (!found) {
    fmt::print(stderr, "{}\n", found.error().message);
    return 1;
  }
  fmt::print("{}\n", found->dump());
}
