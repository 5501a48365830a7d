#include "stages/retrieval/retrieve.h"

#include <memory>
#include <set>

#include "stages/ingest/records.h"
#include "stages/pack/collect.h"
#include "stages/pack/excluded_texts.h"
#include "stages/retrieval/image_bags.h"
#include "stages/retrieval/neighbour_files.h"
#include "stages/retrieval/query_captions.h"
#include "stages/retrieval/sentence_store.h"
#include "stages/retrieval/text_index.h"
#include "stages/schema/retrieve.h"

namespace unimo::stages {

namespace {

Status check_part(const StageContext& context, bool enabled, const char* part, const char* input) {
  if (!enabled || context.has_input(input)) return ok();
  return fail(ErrorCode::kInvalid,
              "retrieve: {} needs the input {}; give it or set {}.enabled to false", part, input,
              part);
}

Status check_params(const StageContext& context, const RetrieveParams& params) {
  if (!params.images.enabled && !params.texts.enabled && !params.sentences.enabled) {
    return fail(ErrorCode::kInvalid,
                "retrieve: images, texts and sentences are all switched off; enable one of them");
  }
  UNIMO_TRY(check_part(context, params.images.enabled, "images", "regions"));
  UNIMO_TRY(check_part(context, params.texts.enabled, "texts", "texts"));
  if (params.images.reranked != 0 && params.images.reranked < params.images.count) {
    return fail(ErrorCode::kInvalid,
                "retrieve: images.reranked is {}, fewer than the {} of images.count; give at least "
                "as many, or 0",
                params.images.reranked, params.images.count);
  }
  if (params.splits.empty())
    return fail(ErrorCode::kInvalid, "retrieve: splits is empty; train and restval are usual");
  for (const std::string& split : params.splits) {
    if (is_known_split(split)) continue;
    return fail(
        ErrorCode::kInvalid,
        "retrieve: splits: unknown split \"{}\"; known: train, val, test, restval, unlabeled",
        split);
  }
  return ok();
}

TextScheme scheme_of(const std::string& name) {
  return name == "bm25" ? TextScheme::kBm25 : TextScheme::kTfidf;
}

// [[name, score], …]
template <class NameOf>
Json scored_names(std::span<const ScoredItem> found, const NameOf& name_of) {
  Json list = Json::array();
  for (const ScoredItem& item : found)
    list.push_back({name_of(item.item), written_score(item.score)});
  return list;
}

class Retrieval {
 public:
  Retrieval(StageContext& context, RetrieveParams params, NeighbourFiles files)
      : context_(context),
        params_(std::move(params)),
        splits_(params_.splits.begin(), params_.splits.end()),
        files_(std::move(files)) {}

  Status run() {
    excluded_images_ = UNIMO_TRY(read_excluded(context_.inputs("exclude")));
    queries_ =
        UNIMO_TRY(read_query_captions(context_.inputs("captions"), splits_, excluded_images_));
    tell("captions", {{"captions", queries_.captions.size()},
                      {"images", queries_.images.size()},
                      {"other_splits", queries_.other_splits},
                      {"excluded", queries_.excluded}});
    if (params_.images.enabled) UNIMO_TRY(images());
    if (params_.texts.enabled) UNIMO_TRY(texts());
    if (params_.sentences.enabled) UNIMO_TRY(sentences());
    UNIMO_TRY(files_.finish());
    return write_json(context_.output() / "statistics.json", summary_);
  }

 private:
  Status images() {
    const RelatedImagesParams& params = params_.images;
    const auto collection = UNIMO_TRY(ImageCollection::read(
        context_.inputs("regions"),
        {.weight = params.weight == "sum" ? BagWeight::kSum : BagWeight::kLargest,
         .min_probability = static_cast<float>(params.min_probability),
         .ignored_classes = params.ignored_classes,
         .splits = splits_,
         .excluded = excluded_images_,
         .means = params.reranked > 0}));
    // Only images that have regions; a caption's picture may have been left out of them.
    std::vector<std::pair<std::size_t, std::uint32_t>> known;
    for (std::size_t i = 0; i < queries_.images.size(); ++i) {
      if (const auto number = collection.find(queries_.images[i])) known.emplace_back(i, *number);
    }
    const auto totals = UNIMO_TRY(files_.write_all(context_, "images", known.size(), [&] {
      const auto search = std::make_shared<ImageSearch>(collection.index());
      return [&, search](std::size_t i, NeighbourLines& lines) {
        const auto [query, number] = known[i];
        related_images(collection, number, *search, queries_.of_image(query), lines);
      };
    }));
    Json counts = totals.json();
    counts["collection"] = collection.size();
    counts["findable"] = collection.findable();
    counts["without_objects"] = collection.without_objects();
    counts["queries_without_regions"] = queries_.images.size() - known.size();
    tell("images", std::move(counts));
    return ok();
  }

  void related_images(const ImageCollection& collection, std::uint32_t number, ImageSearch& search,
                      std::span<const QueryCaption> captions, NeighbourLines& lines) const {
    const RelatedImagesParams& params = params_.images;
    const auto count = static_cast<std::size_t>(params.count);
    const auto pool = static_cast<std::size_t>(std::max(params.count, params.reranked));
    auto found = search.nearest(
        number, {.count = pool, .duplicate = params.duplicate, .accepts = [&](std::uint32_t image) {
                   return collection.is_findable(image);
                 }});
    std::vector<ScoredItem> ordered;
    if (params.reranked > 0) found = ordered = collection.reranked(number, found, count);
    lines.totals.add(found.size(), count);
    Json names = Json::array();
    for (const ScoredItem& item : found) names.push_back(collection.id(item.item));
    lines.neighbour(
        {{"image", collection.id(number)}, {"images", scored_names(found, [&](std::uint32_t image) {
                                              return collection.id(image);
                                            })}});
    for (const QueryCaption& caption : captions)
      lines.contrast({{"caption", caption.id}, {"related_images", names}});
  }

  Status texts() {
    const RelatedTextsParams& params = params_.texts;
    const auto excluded = UNIMO_TRY(ExcludedTexts::read(context_.inputs("exclude_texts")));
    SentenceStore store({.min_words = static_cast<std::size_t>(params.min_words),
                         .max_words = static_cast<std::size_t>(params.max_words),
                         .most = static_cast<std::size_t>(params.max_sentences),
                         .seed = context_.seed()});
    UNIMO_TRY(add_sentences(context_.inputs("texts"), params_.splits, excluded, store));
    TextIndexBuilder builder({.scheme = scheme_of(params.scheme), .k1 = params.k1, .b = params.b});
    for (std::size_t i = 0; i < store.size(); ++i) builder.add(store.text(i));
    const TextIndex index = std::move(builder).build();
    const auto totals =
        UNIMO_TRY(files_.write_all(context_, "captions", queries_.captions.size(), [&] {
          const auto search = std::make_shared<TextSearch>(index);
          return [&, search](std::size_t i, NeighbourLines& lines) {
            related_texts(store, queries_.captions[i], *search, lines);
          };
        }));
    Json counts = totals.json();
    const SentenceCounts& seen = store.counts();
    counts.update({{"sentences", store.size()},
                   {"words", index.words()},
                   {"seen", seen.seen},
                   {"too_short", seen.too_short},
                   {"too_long", seen.too_long},
                   {"repeated", seen.repeated},
                   {"not_drawn", seen.not_drawn},
                   {"excluded", seen.excluded}});
    tell("texts", std::move(counts));
    return ok();
  }

  void related_texts(const SentenceStore& store, const QueryCaption& caption, TextSearch& search,
                     NeighbourLines& lines) const {
    const RelatedTextsParams& params = params_.texts;
    const auto count = static_cast<std::size_t>(params.count);
    const auto found =
        search.nearest(caption.text, {.count = count, .duplicate = params.duplicate});
    lines.totals.add(found.size(), count);
    Json sentences = Json::array();
    for (const ScoredItem& item : found) sentences.push_back(store.text(item.item));
    lines.contrast({{"caption", caption.id}, {"related_texts", std::move(sentences)}});
    lines.neighbour(
        {{"caption", caption.id}, {"texts", scored_names(found, [&](std::uint32_t sentence) {
                                     return store.place(sentence);
                                   })}});
  }

  Status sentences() {
    const RelatedCaptionsParams& params = params_.sentences;
    TextIndexBuilder builder({.scheme = scheme_of(params.scheme)});
    for (const QueryCaption& caption : queries_.captions) builder.add(caption.text, caption.image);
    const TextIndex index = std::move(builder).build();
    const auto totals =
        UNIMO_TRY(files_.write_all(context_, "captions", queries_.captions.size(), [&] {
          const auto search = std::make_shared<TextSearch>(index);
          return [&, search](std::size_t i, NeighbourLines& lines) {
            related_captions(queries_.captions[i], *search, lines);
          };
        }));
    tell("sentences", totals.json());
    return ok();
  }

  void related_captions(const QueryCaption& caption, TextSearch& search,
                        NeighbourLines& lines) const {
    const RelatedCaptionsParams& params = params_.sentences;
    const auto count = static_cast<std::size_t>(params.count);
    const auto found = search.nearest(
        caption.text, {.count = count, .duplicate = params.duplicate, .group = caption.image});
    lines.totals.add(found.size(), count);
    lines.neighbour(
        {{"caption", caption.id}, {"captions", scored_names(found, [&](std::uint32_t other) {
                                     return queries_.captions[other].id;
                                   })}});
  }

  void tell(const std::string& part, Json counts) {
    for (const auto& [name, value] : counts.items())
      context_.events().count(fmt::format("{}.{}", part, name), value.get<std::int64_t>());
    summary_[part] = std::move(counts);
  }

  StageContext& context_;
  RetrieveParams params_;
  std::set<std::string> splits_;
  NeighbourFiles files_;
  std::set<std::string> excluded_images_;
  QueryCaptions queries_;
  Json summary_ = {{"format", "unimo.retrieval"}, {"version", 1}};
};

}  // namespace

Status run_retrieve(StageContext& context) {
  auto params = UNIMO_TRY(context.params<RetrieveParams>());
  UNIMO_TRY(check_params(context, params));
  auto files = UNIMO_TRY(NeighbourFiles::create(context.output()));
  return Retrieval(context, std::move(params), std::move(files)).run();
}

}  // namespace unimo::stages
