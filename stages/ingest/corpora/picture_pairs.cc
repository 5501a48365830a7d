#include "stages/ingest/corpora/picture_pairs.h"

#include <optional>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/fetched_images.h"
#include "stages/ingest/flickr_photo.h"

namespace unimo::stages {

namespace {

class PairJoiner {
 public:
  // `first_row` is that of the list's first row among what was fetched.
  PairJoiner(PairList& list, FetchedImages& fetched, std::int64_t first_row, RecordsWriter& writer,
             Quarantine& quarantine)
      : list_(list),
        fetched_(fetched),
        first_row_(first_row),
        writer_(writer),
        quarantine_(quarantine) {}

  // The next pair with a picture.
  Result<bool> next(PendingImage& image) {
    for (PicturePair pair; UNIMO_TRY(list_.pairs(pair)); pair = {}) {
      ++rows_;
      const FetchedImage* found = UNIMO_TRY(fetched_.find(first_row_ + pair.row));
      if (!is_usable(pair, found)) continue;
      ++usable_;
      image.source = pair.source;
      image.id = fmt::format("{}_{}", list_.name, pair.row);
      image.split = list_.split;
      image.path = found->path;
      image.offset = found->offset;
      image.size = found->size;
      if (auto photo = flickr_photo(pair.url); !photo.empty())
        image.same_as.push_back(std::move(photo));
      image.captions.push_back({pair.source, image.id + "#0", std::move(pair.caption)});
      return true;
    }
    return false;
  }

  std::int64_t rows() const { return rows_; }
  std::int64_t usable() const { return usable_; }

 private:
  bool is_usable(const PicturePair& pair, const FetchedImage* found) {
    if (found == nullptr) {
      writer_.note("rows.not_fetched");
      return false;
    }
    if (!found->url.empty() && found->url != pair.url) {
      quarantine_.saw(Item::kImage);
      quarantine_.add(Item::kImage, {pair.source, std::to_string(pair.row), "other_url",
                                     fmt::format("the list says {}, what was fetched is {}",
                                                 pair.url, found->url)});
      return false;
    }
    switch (found->verdict) {
      case FetchedImage::Verdict::kUsable: return true;
      case FetchedImage::Verdict::kFailed: writer_.note("fetch." + found->status); return false;
      case FetchedImage::Verdict::kPlaceholder: writer_.note("pictures.placeholder"); return false;
      case FetchedImage::Verdict::kDuplicate: writer_.note("pictures.duplicate"); return false;
    }
    return false;
  }

  PairList& list_;
  FetchedImages& fetched_;
  std::int64_t first_row_;
  RecordsWriter& writer_;
  Quarantine& quarantine_;
  std::int64_t rows_ = 0, usable_ = 0;
};

}  // namespace

Status write_pairs(StageContext& context, const PairIngest& params, std::vector<PairList> lists,
                   RecordsWriter& writer, Quarantine& quarantine) {
  const AssembleOptions options{.limits = {.max_pixels = params.pictures.max_pixels},
                                .max_images = params.pictures.max_images,
                                .min_side = static_cast<int>(params.min_side),
                                .keep_uncaptioned = params.pictures.keep_uncaptioned,
                                .threads = context.job().resources.cores};
  std::optional<FetchedImages> fetched;
  std::int64_t first_row = 0;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    PairList& list = lists[i];
    if (i == 0 || list.images != lists[i - 1].images) {
      fetched.emplace(
          UNIMO_TRY(FetchedImages::open(list.images, context.output(), params.placeholder_rows)));
      first_row = 0;
    }
    PairJoiner joiner(list, *fetched, first_row, writer, quarantine);
    const auto source = [&](PendingImage& next) { return joiner.next(next); };
    UNIMO_TRY(assemble(context, source, fetched->pictures(), options, writer, quarantine));
    if (joiner.rows() > 0 && joiner.usable() == 0) {
      return fail(ErrorCode::kInvalid,
                  "{}: none of the {} rows of {} has a picture there; was it fetched for another "
                  "list?",
                  list.images.string(), joiner.rows(), list.name);
    }
    first_row += list.rows();
  }
  return ok();
}

}  // namespace unimo::stages
