#include <array>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/corpora/flickr.h"
#include "stages/ingest/corpora/picture_stage.h"
#include "stages/schema/ingest.h"
#include "stages/schema/official_counts.h"

namespace unimo::stages {

namespace {

// A Karpathy file gives splits, and captions too when no token file does.
Status read_karpathy_files(StageContext& context, FlickrCorpus& corpus, SplitTable& splits,
                           Quarantine& quarantine) {
  const bool captions = !context.has_input("tokens");
  for (const InputItem& item : context.inputs("split")) {
    const auto take = [&](KarpathyImage& image) -> Status {
      UNIMO_TRY(splits.add(image.filename, image.split, image.source, quarantine));
      if (!captions) return ok();
      UNIMO_TRY(corpus.add_picture(image.filename, image.source));
      for (const PendingCaption& sentence : image.sentences)
        UNIMO_TRY(corpus.add_caption(image.filename, sentence));
      return ok();
    };
    UNIMO_TRY(visit_karpathy(item.path, quarantine, take));
  }
  return ok();
}

Status read_annotations(StageContext& context, FlickrCorpus& corpus, SplitTable& splits,
                        Quarantine& quarantine) {
  const bool captions = context.has_input("tokens") || context.has_input("split");
  if (!captions && !context.has_input("entities")) {
    return fail(ErrorCode::kInvalid,
                "{}: no captions; give the input tokens, or a Karpathy file as split, or entities",
                context.job().task);
  }
  for (const InputItem& item : context.inputs("tokens")) UNIMO_TRY(corpus.read_tokens(item.path));
  UNIMO_TRY(read_karpathy_files(context, corpus, splits, quarantine));
  for (const InputItem& item : context.inputs("entities"))
    UNIMO_TRY(corpus.read_entities(item.path, !captions));
  for (const char* split : {"train", "val", "test"}) {
    for (const InputItem& item : context.inputs(split))
      UNIMO_TRY(splits.add_list(item.path, split, quarantine));
  }
  // Pictures that a list names and no caption mentions must not vanish either.
  Status added = ok();
  splits.visit([&](const std::string& name, const std::string& source) {
    if (added) added = corpus.add_picture(name, source);
  });
  return added;
}

// Five captions a picture. Flickr8k: the lists that come with the token file; Flickr30k: Karpathy
// and Fei-Fei's split of the 31 783 pictures.
void add_official(std::string_view source, const SplitTable& splits, RecordsWriter& writer) {
  const bool large = source == "flickr30k";
  if (splits.empty()) {
    const std::int64_t images = large ? kFlickr30kImages : kFlickr8kImages;
    writer.official("images", images);
    writer.official("captions", images * kFlickrCaptionsEach);
    return;
  }
  const SplitCounts& official = large ? kFlickr30k : kFlickr8k;
  const std::array<std::pair<const char*, std::int64_t>, 3> counts{
      {{"train", official.train}, {"val", official.val}, {"test", official.test}}};
  for (const auto& [split, images] : counts) {
    writer.official(fmt::format("images.{}", split), images);
    writer.official(fmt::format("captions.{}", split), images * kFlickrCaptionsEach);
  }
}

}  // namespace

Status ingest_flickr(StageContext& context, std::string_view source) {
  const auto params = UNIMO_TRY(context.params<PictureIngest>());
  Quarantine quarantine;
  FlickrCorpus corpus(context.output(), quarantine);
  SplitTable splits(SplitTable::Key::kFileName);
  UNIMO_TRY(read_annotations(context, corpus, splits, quarantine));
  const ImageFiles files = UNIMO_TRY(ImageFiles::scan(context.inputs("images")));
  PictureQueue pictures(context.output());
  SideFile entities(context.output(), "entities.jsonl");
  UNIMO_TRY(corpus.resolve(files, splits, pictures, entities));

  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), source));
  if (corpus.mended_lines() > 0) writer.note("lines.mended", corpus.mended_lines());
  if (params.complete) add_official(source, splits, writer);
  UNIMO_TRY(write_pictures(context, params, files, pictures, writer, quarantine));
  UNIMO_TRY(entities.write(writer));
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

Status run_ingest_flickr(StageContext& context) { return ingest_flickr(context, "flickr"); }

}  // namespace unimo::stages
