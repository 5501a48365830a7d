#include <memory>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/corpora/picture_pairs.h"
#include "stages/ingest/group_sort.h"
#include "stages/ingest/packed.h"
#include "stages/ingest/stream/json_stream.h"
#include "stages/ingest/stream/line_reader.h"
#include "stages/schema/official_counts.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

// Ordonez et al. 2011, "Im2Text": one million pictures.
Status refuse_lengths(const std::string& urls, std::int64_t url_count, const std::string& captions,
                      std::int64_t caption_count) {
  return fail(ErrorCode::kInvalid,
              "{} has {} entries, {} has {}; they are parallel, so that one of them is cut or of "
              "another release",
              urls, url_count, captions, caption_count);
}

// Two files whose lines belong together.
class LinePairs {
 public:
  LinePairs(LineReader urls, LineReader captions)
      : urls_(std::move(urls)), captions_(std::move(captions)) {}

  Result<bool> next(PicturePair& pair) {
    LineReader::Line url;
    LineReader::Line caption;
    const bool has_url = UNIMO_TRY(urls_.next(url));
    const bool has_caption = UNIMO_TRY(captions_.next(caption));
    if (has_url != has_caption) return uneven(has_url);
    if (!has_url) return false;
    pair.source = captions_.place(caption);
    pair.row = url.number - 1;
    pair.url = std::string(url.text);
    pair.caption = std::string(caption.text);
    ++pairs_;
    return true;
  }

 private:
  // Counts the longer one to its end, so that the message can say by how much they differ.
  Result<bool> uneven(bool urls_left) {
    std::int64_t longer = pairs_ + 1;
    LineReader& rest = urls_left ? urls_ : captions_;
    for (LineReader::Line line; UNIMO_TRY(rest.next(line));) ++longer;
    UNIMO_TRY(refuse_lengths(urls_.source().name(), urls_left ? longer : pairs_,
                             captions_.source().name(), urls_left ? pairs_ : longer));
    return false;
  }

  LineReader urls_, captions_;
  std::int64_t pairs_ = 0;
};

// One JSON object of parallel lists: each is read to its end before the next begins.
class JsonPairs {
 public:
  JsonPairs(const fs::path& path, const fs::path& temporary, Quarantine& quarantine)
      : path_(path), items_(temporary, GroupSort::kBudget), quarantine_(quarantine) {}

  Status read() {
    std::int64_t counts[2] = {0, 0};
    const auto visit = [&](const JsonPlace& at, JsonView item) -> Status {
      const bool is_url = at.section == "image_urls";
      if (!is_url && at.section != "captions") return ok();  // user_ids are of no use
      ++counts[is_url ? 0 : 1];
      Packer packer;
      const auto text = item.text();
      packer.whole(text ? 1 : 0).text(text.value_or(""));
      return items_.add(2 * at.index + (is_url ? 0 : 1), packer.take());
    };
    UNIMO_TRY(stream_json_views(path_, {}, visit));
    if (counts[0] != counts[1]) {
      return refuse_lengths(path_.string() + " image_urls", counts[0], "captions", counts[1]);
    }
    if (counts[0] == 0) {
      return fail(ErrorCode::kInvalid,
                  "{}: no pairs; it should have the parallel lists image_urls and captions",
                  path_.string());
    }
    return items_.sort();
  }

  Result<bool> next(PicturePair& pair) {
    while (const SpillSort::Item* item = UNIMO_TRY(items_.next())) {
      pair.row = static_cast<std::int64_t>(item->key / 2);
      pair.source = fmt::format("{} [{}]", path_.filename().string(), pair.row);
      PackedReader url(item->payload);
      const bool has_url = url.whole() != 0;
      pair.url = url.text();
      item = UNIMO_TRY(items_.next());
      UNIMO_CHECK(item != nullptr, "caption {} is missing after its address", pair.row);
      PackedReader caption(item->payload);
      const bool has_caption = caption.whole() != 0;
      pair.caption = caption.text();
      if (has_url && has_caption) return true;
      quarantine_.saw(Item::kCaption);
      quarantine_.add(Item::kCaption, {pair.source, std::to_string(pair.row), "malformed_caption",
                                       "address and caption must be texts"});
    }
    return false;
  }

 private:
  fs::path path_;
  SpillSort items_;
  Quarantine& quarantine_;
};

Result<PairSource> open_pairs(StageContext& context, Quarantine& quarantine) {
  if (context.has_input("pairs")) {
    const fs::path path = UNIMO_TRY(context.input("pairs"));
    auto pairs = std::make_shared<JsonPairs>(path, context.output(), quarantine);
    UNIMO_TRY(pairs->read());
    return PairSource([pairs](PicturePair& pair) { return pairs->next(pair); });
  }
  if (!context.has_input("urls") || !context.has_input("captions")) {
    return fail(ErrorCode::kInvalid,
                "{}: give pairs (sbu-captions-all.json), or urls and captions "
                "(SBU_captioned_photo_dataset_urls.txt and …_captions.txt)",
                context.job().task);
  }
  const fs::path urls_path = UNIMO_TRY(context.input("urls"));
  const fs::path captions_path = UNIMO_TRY(context.input("captions"));
  LineReader urls = UNIMO_TRY(LineReader::open(urls_path, {}));
  LineReader captions = UNIMO_TRY(LineReader::open(captions_path, {}));
  auto pairs = std::make_shared<LinePairs>(std::move(urls), std::move(captions));
  return PairSource([pairs](PicturePair& pair) { return pairs->next(pair); });
}

}  // namespace

Status run_ingest_sbu(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<PairIngest>());
  Quarantine quarantine;
  PairList list{.name = "sbu", .split = "train", .rows = [] { return std::int64_t{0}; }};
  list.pairs = UNIMO_TRY(open_pairs(context, quarantine));
  list.images = UNIMO_TRY(context.input("images"));
  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "sbu"));
  // Of the two lists: the JSON has what was still there when it was made.
  if (params.pictures.complete && !context.has_input("pairs"))
    writer.official("captions.train", kSbuPairs);
  std::vector<PairList> lists;
  lists.push_back(std::move(list));
  UNIMO_TRY(write_pairs(context, params, std::move(lists), writer, quarantine));
  return finish_records(context, writer, quarantine, params.pictures.max_bad_share);
}

}  // namespace unimo::stages
