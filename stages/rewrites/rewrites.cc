#include "stages/rewrites/rewrites.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "orchestrator/base/growing_file.h"
#include "orchestrator/base/in_parallel.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/records.h"
#include "stages/rewrites/caption_source.h"
#include "stages/rewrites/gallery.h"
#include "stages/rewrites/rewriter.h"
#include "stages/rewrites/rewrites_output.h"
#include "stages/rewrites/word_files.h"
#include "stages/schema/rewrites.h"

namespace unimo::stages {

namespace {

// Pictures in memory with their rewrites at once: about 100 kB each.
constexpr std::size_t kBatch = 512;

Status check_params(const RewritesParams& params) {
  if (params.splits.empty())
    return fail(ErrorCode::kInvalid, "rewrites: splits is empty; train and restval are usual");
  for (const std::string& split : params.splits) {
    if (!is_known_split(split)) {
      return fail(ErrorCode::kInvalid,
                  "rewrites: splits: unknown split \"{}\"; known: train, val, test, restval, "
                  "unlabeled",
                  split);
    }
  }
  if (!params.word && !params.phrase) {
    return fail(ErrorCode::kInvalid,
                "rewrites: word and phrase are both off; leave the stage out instead");
  }
  return ok();
}

Result<CandidateOptions> candidate_options(const StageContext& context,
                                           const RewritesParams& params,
                                           const eval::WordNet* wordnet) {
  CandidateOptions options{.by_similarity = params.sampling == "similarity",
                           .power = params.power,
                           .choices = static_cast<std::size_t>(params.choices),
                           .together_lift = params.together_lift,
                           .objects = {},
                           .attributes = {},
                           .relations = {}};
  if (context.has_input("objects")) {
    const auto file = UNIMO_TRY(context.input("objects"));
    options.objects = UNIMO_TRY(read_object_file(file, wordnet));
  }
  if (context.has_input("attributes")) {
    const auto file = UNIMO_TRY(context.input("attributes"));
    options.attributes = UNIMO_TRY(read_attribute_file(file));
  }
  if (context.has_input("relations")) {
    const auto file = UNIMO_TRY(context.input("relations"));
    options.relations = UNIMO_TRY(read_relation_file(file, wordnet));
  }
  return options;
}

// What one thread makes of its pictures of a batch.
struct Lane {
  explicit Lane(ImageRewriter maker) : rewriter(std::move(maker)) {}
  ImageRewriter rewriter;
  RewriteCounts counts;
  std::string contrasts, rewrites;                   // lines
  std::vector<std::vector<CaptionRewrites>> images;  // for the gallery
};

class Rewriting {
 public:
  Rewriting(StageContext& context, const RewritesParams& params, std::vector<ImageCaptions> images,
            const eval::WordNet* wordnet)
      : context_(context),
        options_{.word_count = params.word ? static_cast<std::size_t>(params.word_count) : 0,
                 .phrase_count = params.phrase ? static_cast<std::size_t>(params.phrase_count) : 0,
                 .companion_lift = params.companion_lift,
                 .seed = context.seed()},
        images_(std::move(images)),
        wordnet_(wordnet),
        threads_(std::max(context.job().resources.cores, 1)),
        vocabulary_(
            count_vocabulary(images_,
                             {.floor = params.floor,
                              .pair_floor = params.pair_floor,
                              .most_objects = static_cast<std::size_t>(params.most_objects)},
                             wordnet, threads_)),
        gallery_(static_cast<std::size_t>(vocabulary_.counts.captions),
                 static_cast<std::size_t>(params.shown)) {}

  Status run(const Taxonomy* taxonomy, const CandidateOptions& options) {
    const Candidates candidates(vocabulary_, taxonomy, options, threads_);
    std::vector<Lane> lanes;
    for (int i = 0; i < threads_; ++i)
      lanes.emplace_back(ImageRewriter(vocabulary_, candidates, options_));
    auto contrasts = UNIMO_TRY(GrowingFile::create(context_.output() / "contrasts.jsonl"));
    auto rewrites = UNIMO_TRY(GrowingFile::create(context_.output() / "rewrites.jsonl"));
    std::uint64_t number = 0;
    for (std::size_t begin = 0; begin < images_.size(); begin += kBatch) {
      if (StageContext::stop_requested())
        return fail(ErrorCode::kCancelled, "stopped while rewriting captions");
      const auto batch =
          std::span(images_).subspan(begin, std::min(kBatch, images_.size() - begin));
      rewrite_batch(batch, number, lanes);
      for (Lane& lane : lanes) {
        UNIMO_TRY(contrasts.add(lane.contrasts));
        UNIMO_TRY(rewrites.add(lane.rewrites));
      }
      number = offer(batch, lanes, number);
    }
    UNIMO_TRY(contrasts.close());
    UNIMO_TRY(rewrites.close());
    return finish(lanes);
  }

 private:
  void rewrite_batch(std::span<const ImageCaptions> batch, std::uint64_t number,
                     std::vector<Lane>& lanes) const {
    std::vector<std::uint64_t> first = {number};
    for (const ImageCaptions& image : batch) first.push_back(first.back() + image.captions.size());
    in_parallel(lanes.size(), threads_, [&](std::size_t i) {
      Lane& lane = lanes[i];
      lane.contrasts.clear();
      lane.rewrites.clear();
      lane.images.clear();
      const std::size_t end = batch.size() * (i + 1) / lanes.size();
      for (std::size_t j = batch.size() * i / lanes.size(); j < end; ++j)
        rewrite_image(batch[j], first[j], lane);
    });
  }

  void rewrite_image(const ImageCaptions& image, std::uint64_t number, Lane& lane) const {
    std::vector<CaptionReading> readings;
    for (const CaptionText& caption : image.captions)
      readings.push_back(read_caption(caption.text, wordnet_));
    auto all = lane.rewriter.rewrite(image, readings, number);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const CaptionText& caption = image.captions[i];
      append_contrast_line(lane.contrasts, caption.id, all[i]);
      append_rewrite_line(lane.rewrites, {image.image, caption, readings[i], all[i]});
      lane.counts.add(all[i], options_);
    }
    lane.images.push_back(std::move(all));
  }

  std::uint64_t offer(std::span<const ImageCaptions> batch, const std::vector<Lane>& lanes,
                      std::uint64_t number) {
    auto image = batch.begin();
    for (const Lane& lane : lanes) {
      for (const auto& rewrites : lane.images) {
        for (std::size_t i = 0; i < rewrites.size(); ++i)
          gallery_.offer(number++, image->captions[i], rewrites[i]);
        ++image;
      }
    }
    context_.events().progress(static_cast<std::int64_t>(number), vocabulary_.counts.captions,
                               "captions");
    return number;
  }

  Status finish(const std::vector<Lane>& lanes) {
    RewriteCounts counts;
    RuleCounts refused;
    for (const Lane& lane : lanes) {
      counts.add(lane.counts);
      refused.add(lane.rewriter.refused());
    }
    EventWriter& events = context_.events();
    events.count("captions", vocabulary_.counts.captions);
    events.count("captions.without_object", vocabulary_.counts.without_object);
    events.count("captions.without_rewrites", counts.without_rewrites);
    events.count("rewrites.word", counts.words);
    events.count("rewrites.phrase", counts.phrases);
    for (std::size_t i = 0; i < kRules; ++i)
      events.count(fmt::format("refused.{}", name_of(static_cast<Rule>(i))), refused.of[i]);
    UNIMO_TRY(write_json(context_.output() / "vocabulary.json", vocabulary_json(vocabulary_)));
    UNIMO_TRY(write_json(context_.output() / "statistics.json",
                         statistics_json(vocabulary_, counts, refused)));
    return gallery_.write(context_.output() / "rewrites.md");
  }

  StageContext& context_;
  RewriteOptions options_;
  std::vector<ImageCaptions> images_;
  const eval::WordNet* wordnet_;
  int threads_;
  Vocabulary vocabulary_;
  Gallery gallery_;
};

}  // namespace

Status run_rewrites(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<RewritesParams>());
  UNIMO_TRY(check_params(params));
  std::optional<Taxonomy> taxonomy;
  if (context.has_input("wordnet")) {
    const auto folder = UNIMO_TRY(context.input("wordnet"));
    taxonomy.emplace(UNIMO_TRY(Taxonomy::load(folder)));
  }
  const eval::WordNet* wordnet = taxonomy ? &taxonomy->wordnet() : nullptr;
  const auto options = UNIMO_TRY(candidate_options(context, params, wordnet));
  auto images = UNIMO_TRY(
      read_image_captions(context.inputs("captions"),
                          std::set<std::string>(params.splits.begin(), params.splits.end())));
  return Rewriting(context, params, std::move(images), wordnet)
      .run(taxonomy ? &*taxonomy : nullptr, options);
}

}  // namespace unimo::stages
