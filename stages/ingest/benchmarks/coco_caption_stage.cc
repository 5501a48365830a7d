#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/corpora/coco.h"
#include "stages/ingest/corpora/picture_stage.h"
#include "stages/schema/ingest.h"
#include "stages/schema/official_counts.h"

namespace unimo::stages {

namespace {

constexpr std::pair<const char*, std::int64_t> kOfficial[] = {
    {"images.train", kKarpathyImages.train},     {"images.restval", kKarpathyRestvalImages},
    {"images.val", kKarpathyImages.val},         {"images.test", kKarpathyImages.test},
    {"captions.train", kKarpathyCaptions.train}, {"captions.restval", kKarpathyRestvalCaptions},
    {"captions.val", kKarpathyCaptions.val},     {"captions.test", kKarpathyCaptions.test}};

// The sentences of the Karpathy files, or the makers' own captions with the splits of these files.
Result<bool> read_annotations(StageContext& context, CocoCorpus& corpus, SplitTable& splits,
                              Quarantine& quarantine) {
  if (context.has_input("captions")) {
    for (const InputItem& item : context.inputs("captions"))
      UNIMO_TRY(corpus.read_captions(item.path));
    return read_split_files(context.inputs("split"), splits, quarantine);
  }
  for (const InputItem& item : context.inputs("split")) {
    if (!is_json_name(item.path)) {
      return fail(ErrorCode::kInvalid,
                  "{}: a list has no captions; give captions too, or dataset_coco.json as split",
                  item.path.string());
    }
    UNIMO_TRY(visit_karpathy(item.path, quarantine,
                             [&](KarpathyImage& image) { return corpus.add_karpathy(image); }));
  }
  return true;
}

}  // namespace

Status run_ingest_coco_caption(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<PictureIngest>());
  Quarantine quarantine;
  CocoCorpus corpus(context.output(), quarantine);
  SplitTable splits(SplitTable::Key::kNumber);
  const bool lists_train = UNIMO_TRY(read_annotations(context, corpus, splits, quarantine));
  const ImageFiles files = UNIMO_TRY(ImageFiles::scan(context.inputs("images")));
  PictureQueue pictures(context.output());
  UNIMO_TRY(corpus.resolve(files, splits, lists_train ? "unlabeled" : "train", pictures));

  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "coco_caption"));
  if (corpus.found_by_number() > 0) writer.note("images.found_by_number", corpus.found_by_number());
  if (params.complete) {
    for (const auto& [what, count] : kOfficial) writer.official(what, count);
  }
  UNIMO_TRY(write_pictures(context, params, files, pictures, writer, quarantine));
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

}  // namespace unimo::stages
