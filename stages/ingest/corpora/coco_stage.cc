#include "orchestrator/stage/stage.h"
#include "stages/ingest/corpora/coco.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/corpora/picture_stage.h"
#include "stages/schema/ingest.h"

namespace unimo::stages {

namespace {

Status read_annotations(StageContext& context, CocoCorpus& corpus) {
  if (!context.has_input("captions") && !context.has_input("image_info")) {
    return fail(ErrorCode::kInvalid,
                "{}: no pictures; give captions (captions_train2017.json) or image_info "
                "(image_info_unlabeled2017.json)",
                context.job().task);
  }
  for (const InputItem& item : context.inputs("captions"))
    UNIMO_TRY(corpus.read_captions(item.path));
  for (const InputItem& item : context.inputs("image_info"))
    UNIMO_TRY(corpus.read_image_info(item.path));
  for (const InputItem& item : context.inputs("instances"))
    UNIMO_TRY(corpus.read_instances(item.path));
  return ok();
}

// Of the files that were given. Splits of one's own spread the same pictures over other names.
void add_official(StageContext& context, RecordsWriter& writer) {
  std::map<std::string, std::int64_t> counts;
  const bool by_file = !context.has_input("split");
  for (const char* input : {"captions", "image_info"}) {
    for (const InputItem& item : context.inputs(input)) {
      const CocoOfficial* part = coco_official(item.path);
      if (part == nullptr) continue;
      const std::string dot_split = by_file ? "." + std::string(part->split) : std::string();
      counts["images" + dot_split] += part->images;
      if (part->captions > 0) counts["captions" + dot_split] += part->captions;
    }
  }
  for (const auto& [what, count] : counts) writer.official(what, count);
}

}  // namespace

Status run_ingest_coco(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<PictureIngest>());
  Quarantine quarantine;
  CocoCorpus corpus(context.output(), quarantine);
  UNIMO_TRY(read_annotations(context, corpus));
  SplitTable splits(SplitTable::Key::kNumber);
  const bool lists_train = UNIMO_TRY(read_split_files(context.inputs("split"), splits, quarantine));
  const ImageFiles files = UNIMO_TRY(ImageFiles::scan(context.inputs("images")));
  PictureQueue pictures(context.output());
  UNIMO_TRY(corpus.resolve(files, splits, lists_train ? "unlabeled" : "train", pictures));

  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "coco"));
  if (corpus.crowds() > 0) writer.note("boxes.crowd", corpus.crowds());
  if (corpus.found_by_number() > 0) writer.note("images.found_by_number", corpus.found_by_number());
  if (params.complete) add_official(context, writer);
  UNIMO_TRY(write_pictures(context, params, files, pictures, writer, quarantine));
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

}  // namespace unimo::stages
