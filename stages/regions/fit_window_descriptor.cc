#include <algorithm>
#include <optional>
#include <vector>

#include "stages/regions/linear.h"
#include "stages/regions/local_descriptors.h"
#include "stages/regions/parallel.h"
#include "stages/regions/window_descriptor.h"
#include "trainer/data/random.h"

namespace unimo::stages {

namespace {

// Which pictures a step learns from: all when there are few, else a seeded choice in rising order.
std::vector<std::int64_t> choose_pictures(std::int64_t count, int wanted, std::string_view purpose,
                                          std::uint64_t seed) {
  trainer::Random random({.seed = seed, .stream = trainer::stream_of(purpose)});
  const auto chosen =
      random.choose(static_cast<std::uint64_t>(count),
                    static_cast<std::uint64_t>(std::min<std::int64_t>(count, wanted)));
  std::vector<std::int64_t> pictures(chosen.begin(), chosen.end());
  std::ranges::sort(pictures);
  return pictures;
}

// Runs work(slot, picture number) for each; the first error in order, if any.
Status for_pictures(const std::vector<std::int64_t>& numbers, int threads,
                    const TrainingPictures& pictures,
                    const std::function<void(std::int64_t, const Picture&)>& work) {
  constexpr std::int64_t kBatch = 64;
  const auto total = static_cast<std::int64_t>(numbers.size());
  for (std::int64_t first = 0; first < total; first += kBatch) {
    if (pictures.stop && pictures.stop()) return fail(ErrorCode::kCancelled, "asked to stop");
    const std::int64_t count = std::min(kBatch, total - first);
    std::vector<Status> outcomes(static_cast<std::size_t>(count));
    parallel_for(count, threads, [&](std::int64_t i) {
      auto picture = pictures.load(numbers[static_cast<std::size_t>(first + i)]);
      if (picture) {
        work(first + i, *picture);
      } else {
        outcomes[static_cast<std::size_t>(i)] = tl::unexpected(picture.error());
      }
    });
    for (Status& outcome : outcomes) UNIMO_TRY(std::move(outcome));
    if (pictures.progress) pictures.progress(first + count, total);
  }
  return ok();
}

// Pools of sampled descriptors: [sum of samples, length].
struct Samples {
  Matrix sift;
  Matrix colour;
};

void copy_samples(const Matrix& from, std::int64_t first, std::int64_t count,
                  const trainer::RandomKey& key, Matrix& to) {
  trainer::Random random(key);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto row =
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(from.rows())));
    std::ranges::copy(from.row(row), to.row(first + i).begin());
  }
}

Result<Samples> sample_descriptors(const TrainingPictures& pictures, const DictionaryParams& params,
                                   std::uint64_t seed, int threads) {
  const auto numbers = choose_pictures(pictures.count, params.images, "regions.dictionary", seed);
  const std::int64_t each = params.samples;
  const auto total = static_cast<std::int64_t>(numbers.size()) * each;
  Samples samples{.sift = Matrix(total, kSiftLength), .colour = Matrix(total, kColourLength)};
  UNIMO_TRY(
      for_pictures(numbers, threads, pictures, [&](std::int64_t slot, const Picture& picture) {
        const auto number = static_cast<std::uint64_t>(numbers[static_cast<std::size_t>(slot)]);
        copy_samples(dense_sift(picture).values, slot * each, each,
                     {.seed = seed, .stream = trainer::stream_of("regions.sift"), .sample = number},
                     samples.sift);
        copy_samples(
            local_colours(picture).values, slot * each, each,
            {.seed = seed, .stream = trainer::stream_of("regions.colour"), .sample = number},
            samples.colour);
      }));
  return samples;
}

struct EncoderSettings {
  int size = 0;
  std::uint64_t seed = 1;
  int threads = 1;
};

FisherEncoder fit_encoder(Matrix samples, const DictionaryParams& params,
                          const EncoderSettings& settings) {
  Projection projection = fit_projection(
      samples, {.size = settings.size, .seed = settings.seed, .threads = settings.threads});
  // fit_projection has centred the samples.
  const Matrix projected =
      multiply(samples, projection.basis, Side::kPlain, Side::kPlain, settings.threads);
  Mixture mixture = fit_mixture(projected, {.components = params.components,
                                            .iterations = params.iterations,
                                            .seed = settings.seed,
                                            .threads = settings.threads});
  return {std::move(projection.mean), std::move(projection.basis), std::move(mixture)};
}

// The whole picture and a seeded choice of the other windows.
std::vector<CellBox> choose_windows(int wanted, std::uint64_t seed, std::int64_t picture) {
  const auto all = grid_windows();
  trainer::Random random({.seed = seed,
                          .stream = trainer::stream_of("regions.windows"),
                          .sample = static_cast<std::uint64_t>(picture)});
  std::vector<CellBox> windows = {all.front()};
  for (const auto i : random.choose(all.size() - 1, static_cast<std::uint64_t>(wanted - 1))) {
    windows.push_back(all[static_cast<std::size_t>(i) + 1]);
  }
  return windows;
}

std::array<std::int64_t, kBlocks> block_sizes(const ProjectionParams& params) {
  return {params.sift, params.colour, params.histogram, params.moments,
          params.lbp,  params.hog,    params.gabor};
}

}  // namespace

Result<WindowDescriptor> fit_window_descriptor(const TrainingPictures& pictures,
                                               const RegionsWindowsParams& params,
                                               std::uint64_t seed, int threads) {
  WindowDescriptor descriptor;
  {
    Samples samples = UNIMO_TRY(sample_descriptors(pictures, params.dictionary, seed, threads));
    descriptor.sift = fit_encoder(std::move(samples.sift), params.dictionary,
                                  {params.dictionary.sift_size, seed, threads});
    descriptor.colour = fit_encoder(std::move(samples.colour), params.dictionary,
                                    {params.dictionary.colour_size, seed, threads});
  }
  const auto numbers =
      choose_pictures(pictures.count, params.projection.images, "regions.projections", seed);
  const std::int64_t each = params.projection.windows;
  std::array<Matrix, kBlocks> rows;
  {
    // One small call tells the lengths of the blocks.
    const CellBox whole;
    const Picture first = UNIMO_TRY(pictures.load(numbers.front()));
    const auto blocks = raw_blocks(descriptor.sift, descriptor.colour, first, {&whole, 1});
    for (std::size_t b = 0; b < kBlocks; ++b) {
      rows[b] = Matrix(static_cast<std::int64_t>(numbers.size()) * each, blocks[b].cols());
    }
  }
  UNIMO_TRY(
      for_pictures(numbers, threads, pictures, [&](std::int64_t slot, const Picture& picture) {
        const auto windows = choose_windows(params.projection.windows, seed,
                                            numbers[static_cast<std::size_t>(slot)]);
        const auto blocks = raw_blocks(descriptor.sift, descriptor.colour, picture, windows);
        for (std::size_t b = 0; b < kBlocks; ++b) {
          for (std::int64_t i = 0; i < each; ++i) {
            std::ranges::copy(blocks[b].row(i), rows[b].row(slot * each + i).begin());
          }
        }
      }));
  const auto sizes = block_sizes(params.projection);
  std::int64_t total = 0;
  for (const std::int64_t size : sizes) total += size;
  for (std::size_t b = 0; b < kBlocks; ++b) {
    // Every block has the same say, and a coordinate of the whole a mean square of about one.
    descriptor.projections[b] =
        fit_projection(rows[b], {.size = sizes[b],
                                 .whitening = 0.5,
                                 .energy = static_cast<double>(total) / kBlocks,
                                 .seed = seed,
                                 .threads = threads});
    rows[b] = Matrix();
  }
  return descriptor;
}

}  // namespace unimo::stages
