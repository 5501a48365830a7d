#include "stages/baseline/cca.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <set>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "orchestrator/stage/stage.h"
#include "stages/baseline/correlation.h"
#include "stages/baseline/pooled_pictures.h"
#include "stages/ingest/records.h"
#include "stages/regions/caption_words.h"
#include "stages/regions/linear.h"
#include "stages/schema/baseline.h"

namespace unimo::stages {

namespace {

static_assert(std::endian::native == std::endian::little, "similarity.f32 is little-endian");

// Captions of some splits whose pictures are described.
struct Captions {
  std::vector<std::string> ids;
  std::vector<Document> documents;
  std::vector<std::int64_t> pictures;  // rows of PooledPictures
};

Captions captions_of(const Records& records, const PooledPictures& pictures,
                     const std::set<std::string>& splits) {
  Captions captions;
  for (const CaptionRecord& caption : records.captions) {
    const auto found = pictures.row_of_id.find(caption.image);
    if (found == pictures.row_of_id.end()) continue;
    if (!splits.contains(pictures.splits[static_cast<std::size_t>(found->second)])) continue;
    captions.ids.push_back(caption.id);
    captions.documents.push_back(caption_words(caption.text));
    captions.pictures.push_back(found->second);
  }
  return captions;
}

Matrix rows_of(const Matrix& all, const std::vector<std::int64_t>& numbers) {
  Matrix rows(static_cast<std::int64_t>(numbers.size()), all.cols());
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    std::ranges::copy(all.row(numbers[static_cast<std::size_t>(i)]), rows.row(i).begin());
  }
  return rows;
}

struct Model {
  WordList words;
  Cca cca;
};

Result<Model> fit(const Captions& captions, const PooledPictures& pictures,
                  const BaselineCcaParams& params, int threads) {
  Model model;
  model.words = make_word_list(
      captions.documents, {.min_documents = params.min_captions, .max_words = params.max_words});
  if (model.words.stems.empty()) {
    return fail(
        ErrorCode::kInvalid,
        "no word occurs in {} of the {} captions of fit_splits; lower min_captions or name a "
        "split with more captions",
        params.min_captions, captions.documents.size());
  }
  // Each caption beside its picture is a pair, and beside the mirrored picture another.
  constexpr std::size_t kBatch = 4096;
  const std::size_t batches = (captions.documents.size() + kBatch - 1) / kBatch;
  const auto block = [&](std::int64_t number) {
    const std::size_t first = static_cast<std::size_t>(number) % batches * kBatch;
    const std::size_t end = std::min(first + kBatch, captions.documents.size());
    const auto part = [&](const auto& list) {
      return std::vector(list.begin() + static_cast<std::ptrdiff_t>(first),
                         list.begin() + static_cast<std::ptrdiff_t>(end));
    };
    const Matrix& view = pictures.views[static_cast<std::size_t>(number) / batches];
    return std::pair(rows_of(view, part(captions.pictures)),
                     tfidf(part(captions.documents), model.words));
  };
  model.cca =
      fit_cca({.count = static_cast<std::int64_t>(batches * pictures.views.size()), .block = block},
              {.dims = params.dims,
               .left_ridge = params.image_ridge,
               .right_ridge = params.text_ridge,
               .threads = threads});
  return model;
}

// [pictures, dims]: the mean of the views, in the common space.
Matrix project_pictures(const Model& model, const PooledPictures& pictures,
                        const std::vector<std::int64_t>& rows, double power) {
  Matrix sum(static_cast<std::int64_t>(rows.size()),
             static_cast<std::int64_t>(model.cca.correlations.size()));
  for (const Matrix& view : pictures.views) {
    const Matrix part = project(rows_of(view, rows), model.cca.left_mean, model.cca.left,
                                model.cca.correlations, power);
    for (std::int64_t i = 0; i < sum.rows() * sum.cols(); ++i) sum.data()[i] += part.data()[i];
  }
  for (std::int64_t i = 0; i < sum.rows() * sum.cols(); ++i) {
    sum.data()[i] /= static_cast<float>(pictures.views.size());
  }
  return sum;
}

// What is compared: all pictures of the split that have captions.
struct Set {
  Captions captions;
  std::vector<std::int64_t> pictures;          // rows of PooledPictures
  std::map<std::int64_t, std::int64_t> place;  // of a picture in `pictures`
};

Set set_of(Captions captions) {
  Set set{.captions = std::move(captions)};
  const std::set<std::int64_t> rows(set.captions.pictures.begin(), set.captions.pictures.end());
  for (const std::int64_t row : rows) {
    set.place.emplace(row, static_cast<std::int64_t>(set.pictures.size()));
    set.pictures.push_back(row);
  }
  return set;
}

Status write_predictions(const StageContext& context, const PooledPictures& pictures,
                         const Set& set, const Matrix& similarity) {
  std::string bytes(static_cast<std::size_t>(similarity.rows() * similarity.cols()) * sizeof(float),
                    '\0');
  std::memcpy(bytes.data(), similarity.data(), bytes.size());
  UNIMO_TRY(write_file_atomic(context.output() / "similarity.f32", bytes));
  Json images = Json::array(), places = Json::array();
  for (const std::int64_t row : set.pictures) {
    images.push_back(pictures.ids[static_cast<std::size_t>(row)]);
  }
  for (const std::int64_t row : set.captions.pictures) places.push_back(set.place.at(row));
  return write_json(
      context.output() / "index.json",
      Json{{"images", images}, {"captions", set.captions.ids}, {"image_of_caption", places}});
}

}  // namespace

Status run_baseline_cca(StageContext& context) {
  use_single_threaded_kernels();
  const auto params = UNIMO_TRY(context.params<BaselineCcaParams>());
  const int threads = context.job().resources.cores;
  const auto records_folder = UNIMO_TRY(context.input("records"));
  const auto regions_folder = UNIMO_TRY(context.input("regions"));
  const Records records = UNIMO_TRY(read_records(records_folder));
  const auto pictures = UNIMO_TRY(read_pooled_pictures(regions_folder, params.pooling));
  const Captions fitted =
      captions_of(records, pictures, {params.fit_splits.begin(), params.fit_splits.end()});
  const Set set = set_of(captions_of(records, pictures, {params.split}));
  if (set.pictures.empty()) {
    return fail(ErrorCode::kInvalid,
                "{}: no described picture of split {} has a caption; name another split",
                records_folder.string(), params.split);
  }
  context.events().progress(0, 2, "steps: fit, compare");
  const Model model = UNIMO_TRY(fit(fitted, pictures, params, threads));
  context.events().progress(1, 2, "steps: fit, compare");
  const double power = params.correlation_power;
  const Matrix left = project_pictures(model, pictures, set.pictures, power);
  const Matrix right = project(tfidf(set.captions.documents, model.words), model.cca.right_mean,
                               model.cca.right, model.cca.correlations, power);
  const Matrix similarity = multiply(left, right, Side::kPlain, Side::kTransposed, threads);
  UNIMO_TRY(write_predictions(context, pictures, set, similarity));
  UNIMO_TRY(write_json(context.output() / "predictions.json", Json{{"format", "unimo.predictions"},
                                                                   {"version", 1},
                                                                   {"task", "retrieval"},
                                                                   {"split", params.split}}));
  context.events().metric("cca.largest_correlation",
                          model.cca.correlations.empty() ? 0.0 : model.cca.correlations.front());
  context.events().count("cca.words", static_cast<std::int64_t>(model.words.stems.size()));
  context.events().progress(2, 2, "steps: fit, compare");
  return ok();
}

}  // namespace unimo::stages
