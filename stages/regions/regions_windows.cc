#include "stages/regions/regions_windows.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "orchestrator/base/json.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/records.h"
#include "stages/regions/linear.h"
#include "stages/regions/parallel.h"
#include "stages/regions/preview.h"
#include "stages/regions/region_classes.h"
#include "stages/regions/region_plan.h"
#include "stages/regions/scratch.h"
#include "stages/regions/window_descriptor.h"
#include "stages/regions/word_scores.h"
#include "trainer/data/random.h"
#include "trainer/data/regions.h"
#include "trainer/data/shard.h"

namespace unimo::stages {

namespace {

constexpr std::int64_t kBatch = 64;  // images between two looks at the stop flag

struct Work {
  StageContext& context;
  RegionsWindowsParams params;
  std::filesystem::path folder;  // of the records
  Records records;
  std::vector<RegionPlan> plans;           // of each image, not mirrored
  std::vector<std::int64_t> fitted;        // images of the fitted splits
  std::vector<int> folds;                  // of each image; WordScores::kNoFold: not fitted on
  std::vector<std::int64_t> first_region;  // of each image, and the end: rows of one view
  int threads = 1;
};

std::int64_t image_count(const Work& work) {
  return static_cast<std::int64_t>(work.records.images.size());
}

Result<Picture> load(const Work& work, std::int64_t image) {
  const ImageRecord& record = work.records.images[static_cast<std::size_t>(image)];
  const std::string bytes = UNIMO_TRY(read_picture(work.folder, record.place));
  return load_picture(bytes, fmt::format("{}: picture {}", work.folder.string(), record.id),
                      record.width, record.height, work.params.image_size);
}

// Equal shares of the fitted images, dealt by a seeded shuffle.
void deal_folds(Work& work) {
  std::vector<std::int64_t> order = work.fitted;
  trainer::Random random(
      {.seed = work.context.seed(), .stream = trainer::stream_of("regions.folds")});
  random.shuffle(std::span(order));
  work.folds.assign(work.records.images.size(), WordScores::kNoFold);
  for (std::size_t i = 0; i < order.size(); ++i) {
    work.folds[static_cast<std::size_t>(order[i])] =
        static_cast<int>(i % static_cast<std::size_t>(work.params.words.folds));
  }
}

Result<Work> prepare(StageContext& context) {
  Work work{.context = context,
            .params = UNIMO_TRY(context.params<RegionsWindowsParams>()),
            .folder = UNIMO_TRY(context.input("records"))};
  work.records = UNIMO_TRY(read_records(work.folder));
  work.threads = context.job().resources.cores;
  const std::set<std::string> splits(work.params.fit_splits.begin(), work.params.fit_splits.end());
  work.first_region.push_back(0);
  for (const ImageRecord& image : work.records.images) {
    if (splits.contains(image.split)) {
      work.fitted.push_back(static_cast<std::int64_t>(work.plans.size()));
    }
    const int boxes = work.params.use_boxes ? work.params.max_boxes : 0;
    work.plans.push_back(UNIMO_TRY(plan_regions(image, boxes)));
    work.first_region.push_back(work.first_region.back() +
                                static_cast<std::int64_t>(work.plans.back().cells.size()));
  }
  if (work.fitted.empty()) {
    return fail(
        ErrorCode::kInvalid,
        "{}: none of its {} images is in the splits of fit_splits; name a split that is there",
        work.folder.string(), work.records.images.size());
  }
  deal_folds(work);
  return work;
}

Result<WindowDescriptor> fit_descriptor(const Work& work) {
  work.context.events().note("info", "learning dictionaries and projections");
  const TrainingPictures pictures = {
      .count = static_cast<std::int64_t>(work.fitted.size()),
      .load = [&](std::int64_t i) { return load(work, work.fitted[static_cast<std::size_t>(i)]); },
      .progress =
          [&](std::int64_t done, std::int64_t total) {
            work.context.events().progress(done, total, "pictures of the dictionaries");
          },
      .stop = StageContext::stop_requested};
  return fit_window_descriptor(pictures, work.params, work.context.seed(), work.threads);
}

// What the first pass leaves: every description in a file, those of whole pictures in memory.
struct Descriptions {
  Scratch scratch;
  std::int64_t size = 0;       // of one description
  std::vector<Matrix> wholes;  // [images, size], one for each view
};

std::int64_t position(const Work& work, const Descriptions& all, int view, std::int64_t image) {
  const std::int64_t row =
      view * work.first_region.back() + work.first_region[static_cast<std::size_t>(image)];
  return row * all.size;
}

Status describe_image(const Work& work, const WindowDescriptor& descriptor, std::int64_t image,
                      Descriptions& all) {
  Picture picture = UNIMO_TRY(load(work, image));
  RegionPlan plan = work.plans[static_cast<std::size_t>(image)];
  for (int view = 0; view < work.params.views; ++view) {
    if (view == 1) {
      picture = mirrored(picture);
      plan = mirrored(plan);
    }
    const Matrix features = descriptor.describe(picture, plan.cells);
    const std::span<const float> values(features.data(),
                                        static_cast<std::size_t>(features.rows() * all.size));
    UNIMO_TRY(all.scratch.write(position(work, all, view, image), values));
    std::ranges::copy(features.row(0),
                      all.wholes[static_cast<std::size_t>(view)].row(image).begin());
  }
  return ok();
}

// Calls work_on(image) for all images, some at once; then after(first, end) for each batch, in
// order.
template <class WorkOn, class After>
Status in_batches(const Work& work, std::string_view unit, WorkOn work_on, After after) {
  for (std::int64_t first = 0; first < image_count(work); first += kBatch) {
    if (StageContext::stop_requested()) return fail(ErrorCode::kCancelled, "asked to stop");
    const std::int64_t end = std::min(first + kBatch, image_count(work));
    std::vector<Status> outcomes(static_cast<std::size_t>(end - first));
    parallel_for(end - first, work.threads, [&](std::int64_t i) {
      outcomes[static_cast<std::size_t>(i)] = work_on(first + i);
    });
    for (Status& outcome : outcomes) UNIMO_TRY(std::move(outcome));
    UNIMO_TRY(after(first, end));
    work.context.events().progress(end, image_count(work), unit);
  }
  return ok();
}

Result<Descriptions> describe_all(const Work& work, const WindowDescriptor& descriptor) {
  Descriptions all{.scratch = UNIMO_TRY(Scratch::open(work.context.output())),
                   .size = descriptor.feature_size()};
  for (int view = 0; view < work.params.views; ++view) {
    all.wholes.emplace_back(image_count(work), all.size);
  }
  const std::clock_t start = std::clock();
  UNIMO_TRY(in_batches(
      work, "images described",
      [&](std::int64_t image) { return describe_image(work, descriptor, image, all); },
      [](std::int64_t, std::int64_t) { return ok(); }));
  // Time of all cores together, so that it does not depend on how many there are and who else uses
  // them.
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  work.context.events().metric(
      "system.seconds_per_image",
      seconds / static_cast<double>(image_count(work)) / work.params.views);
  return all;
}

// How good the weak detector is, as it can be told without other images: of the five likeliest
// words of a fitted picture, guessed without its fold, the share that its captions contain.
double precision_of_guesses(const WordScores& words,
                            const std::vector<WordScores::Example>& examples) {
  constexpr std::size_t kExamples = 500;
  double right = 0, guessed = 0;
  for (const auto& example : std::span(examples).first(std::min(kExamples, examples.size()))) {
    const auto description = example.descriptions.front();
    Matrix one(1, static_cast<std::int64_t>(description.size()));
    std::ranges::copy(description, one.row(0).begin());
    const WordGuesses guesses = words.guesses(words.semantic(one, example.fold));
    for (const std::uint16_t word :
         std::span(guesses.words).first(std::min<std::size_t>(5, guesses.words.size()))) {
      const std::string& stem = words.words().stems[word];
      right +=
          std::ranges::find(example.captions, stem, &CaptionWord::stem) != example.captions.end();
      guessed += 1;
    }
  }
  return right / guessed;
}

// The weak detector, or nothing when the fitted images have no captions.
Result<std::optional<WordScores>> fit_words(const Work& work, const Descriptions& all) {
  const auto captions = work.records.captions_of_images();
  std::vector<WordScores::Example> examples;
  std::vector<Document> documents;
  for (const std::int64_t image : work.fitted) {
    Document document;
    for (const std::size_t caption : captions[static_cast<std::size_t>(image)]) {
      const Document words = caption_words(work.records.captions[caption].text);
      document.insert(document.end(), words.begin(), words.end());
    }
    if (document.empty()) continue;
    documents.push_back(document);
    WordScores::Example example{.fold = work.folds[static_cast<std::size_t>(image)],
                                .captions = std::move(document)};
    for (const Matrix& view : all.wholes) example.descriptions.push_back(view.row(image));
    examples.push_back(std::move(example));
  }
  const WordParams& params = work.params.words;
  WordList words = make_word_list(
      documents, {.min_documents = params.min_images, .max_words = params.max_words});
  if (!words.stems.empty()) {
    WordScores scores =
        WordScores::fit(examples, std::move(words), params, work.context.seed(), work.threads);
    work.context.events().metric("words.precision_of_5", precision_of_guesses(scores, examples));
    return scores;
  }
  if (work.params.semantic_features) {
    return fail(
        ErrorCode::kInvalid,
        "{}: no word occurs with {} images of the fitted splits ({} of them have captions); "
        "lower words.min_images, or set semantic_features: false",
        work.folder.string(), params.min_images, examples.size());
  }
  work.context.events().note("warning", "no captions to fit words to: regions get no classes");
  return std::optional<WordScores>();
}

// Labels of boxes count only where fitting is allowed: elsewhere they would be given away.
std::vector<std::string> fitted_labels(const Work& work) {
  std::vector<std::string> labels;
  for (const std::int64_t image : work.fitted) {
    const auto& of_image = work.plans[static_cast<std::size_t>(image)].labels;
    labels.insert(labels.end(), of_image.begin(), of_image.end());
  }
  return labels;
}

struct Output {
  const WordScores* words = nullptr;  // null: no classes
  RegionClasses classes;
  std::uint32_t feature_size = 0;
};

// Adds class guesses, and the semantic coordinates behind each description.
void add_words(const Work& work, const Output& output, std::int64_t image, const Matrix& features,
               trainer::RegionRecord& record) {
  const WordScores& words = *output.words;
  const int fold = work.folds[static_cast<std::size_t>(image)];
  const Matrix semantic = words.semantic(features, fold);
  WordGuesses guesses = words.guesses(semantic);
  record.top_k = static_cast<std::uint32_t>(work.params.words.top);
  const RegionPlan& plan = work.plans[static_cast<std::size_t>(image)];
  const std::size_t first_box = plan.cells.size() - plan.labels.size();
  for (std::size_t i = 0; i < plan.labels.size() && fold != WordScores::kNoFold; ++i) {
    const std::int64_t label = output.classes.find(plan.labels[i]);
    if (label < 0) continue;
    const std::size_t at = (first_box + i) * record.top_k;
    put_label_first(static_cast<std::uint16_t>(label),
                    std::span(guesses.words).subspan(at, record.top_k),
                    std::span(guesses.probabilities).subspan(at, record.top_k));
  }
  record.classes = std::move(guesses.words);
  record.probabilities = std::move(guesses.probabilities);
  if (!work.params.semantic_features) return;
  std::vector<float> both;
  for (std::int64_t i = 0; i < features.rows(); ++i) {
    both.insert(both.end(), features.row(i).begin(), features.row(i).end());
    both.insert(both.end(), semantic.row(i).begin(), semantic.row(i).end());
  }
  record.features = std::move(both);
}

Result<std::vector<std::byte>> encode_image(const Work& work, const Descriptions& all,
                                            const Output& output, int view, std::int64_t image) {
  const ImageRecord& source = work.records.images[static_cast<std::size_t>(image)];
  const RegionPlan& plain = work.plans[static_cast<std::size_t>(image)];
  const RegionPlan plan = view == 1 ? mirrored(plain) : plain;
  trainer::RegionRecord record{.id = source.id,
                               .split = source.split,
                               .view = static_cast<std::uint32_t>(view),
                               .width = static_cast<std::uint32_t>(source.width),
                               .height = static_cast<std::uint32_t>(source.height),
                               .count = static_cast<std::uint32_t>(plan.boxes.size()),
                               .feature_size = output.feature_size};
  for (const auto& box : plan.boxes)
    record.boxes.insert(record.boxes.end(), box.begin(), box.end());
  Matrix features(static_cast<std::int64_t>(plan.boxes.size()), all.size);
  const std::span<float> values(features.data(),
                                static_cast<std::size_t>(features.rows() * all.size));
  UNIMO_TRY(all.scratch.read(position(work, all, view, image), values));
  record.features.assign(values.begin(), values.end());
  if (output.words != nullptr) add_words(work, output, image, features, record);
  return trainer::encode_regions(record);
}

Status write_shard(const Work& work, const Descriptions& all, const Output& output) {
  auto writer = UNIMO_TRY(trainer::ShardWriter::create(
      work.context.output() / "regions.shard",
      Json{{"schema", "regions"}, {"feature_size", output.feature_size}}));
  for (int view = 0; view < work.params.views; ++view) {
    std::vector<std::vector<std::byte>> batch(static_cast<std::size_t>(kBatch));
    const auto encode = [&](std::int64_t image) -> Status {
      batch[static_cast<std::size_t>(image % kBatch)] =
          UNIMO_TRY(encode_image(work, all, output, view, image));
      return ok();
    };
    const auto add = [&](std::int64_t first, std::int64_t end) -> Status {
      for (std::int64_t i = first; i < end; ++i) {
        UNIMO_TRY(writer.add(batch[static_cast<std::size_t>(i % kBatch)]));
      }
      return ok();
    };
    UNIMO_TRY(
        in_batches(work, view == 0 ? "images written" : "mirrored images written", encode, add));
  }
  return writer.finish();
}

Status write_info(const Work& work, const Output& output) {
  std::string fitted_on;
  for (const std::string& split : work.params.fit_splits) {
    fitted_on += (fitted_on.empty() ? "" : ",") + split;
  }
  const trainer::RegionsInfo info{.extractor = "windows",
                                  .feature_size = output.feature_size,
                                  .classes = output.classes.names(),
                                  .views = static_cast<std::uint32_t>(work.params.views),
                                  .images = work.records.images.size(),
                                  .fitted_on = fitted_on};
  return write_json(work.context.output() / "regions.json", trainer::to_json(info));
}

}  // namespace

Status run_regions_windows(StageContext& context) {
  use_single_threaded_kernels();
  const Work work = UNIMO_TRY(prepare(context));
  const WindowDescriptor descriptor = UNIMO_TRY(fit_descriptor(work));
  const Descriptions all = UNIMO_TRY(describe_all(work, descriptor));
  const std::optional<WordScores> words = UNIMO_TRY(fit_words(work, all));
  Output output{.feature_size = static_cast<std::uint32_t>(all.size)};
  if (words) {
    output.words = &*words;
    output.classes = UNIMO_TRY(RegionClasses::make(words->words(), fitted_labels(work)));
    if (work.params.semantic_features) {
      output.feature_size += static_cast<std::uint32_t>(words->directions());
    }
  }
  UNIMO_TRY(write_shard(work, all, output));
  UNIMO_TRY(write_info(work, output));
  // Windows lie over one another: a few that are far enough apart say more than all.
  UNIMO_TRY(write_preview(context.output(), {.most = 6, .most_overlap = 0.3F}));
  context.events().count("regions.images", image_count(work));
  context.events().count("regions.regions", work.first_region.back() * work.params.views);
  context.events().count("regions.fitted_images", static_cast<std::int64_t>(work.fitted.size()));
  return ok();
}

}  // namespace unimo::stages
