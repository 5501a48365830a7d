#include <algorithm>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/corpora/coco.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/schema/ingest.h"

namespace unimo::stages {

namespace {

// What became of the input "split".
struct Splits {
  SplitTable table{SplitTable::Key::kNumber};
  std::string unlisted = "unlabeled";
};

Result<Splits> read_splits(StageContext& context, Quarantine& quarantine) {
  Splits splits;
  const auto items = context.inputs("split");
  bool lists_train = false;
  for (const InputItem& item : items) {
    if (item.path.extension() == ".json") {
      lists_train = true;  // a Karpathy file is complete
      const auto images = UNIMO_TRY(read_karpathy(item.path, quarantine));
      for (const KarpathyImage& image : images) {
        UNIMO_TRY(splits.table.add(image.filename, image.split, image.source, quarantine));
      }
      continue;
    }
    const std::string split = split_of_file_name(item.path);
    if (split.empty()) {
      return fail(ErrorCode::kInvalid,
                  "{}: its name tells no split; call it like karpathy_val_images.txt",
                  item.path.string());
    }
    lists_train = lists_train || split == "train";
    UNIMO_TRY(splits.table.add_list(item.path, split, quarantine));
  }
  // Lists of val and test alone mean: everything else is for training.
  if (!lists_train) splits.unlisted = "train";
  return splits;
}

}  // namespace

Status run_ingest_coco(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<PictureIngest>());
  Quarantine quarantine;
  CocoCorpus corpus(quarantine);
  for (const InputItem& item : context.inputs("captions"))
    UNIMO_TRY(corpus.read_captions(item.path));
  for (const InputItem& item : context.inputs("instances"))
    UNIMO_TRY(corpus.read_instances(item.path));
  const Splits splits = UNIMO_TRY(read_splits(context, quarantine));
  const ImageFiles files = UNIMO_TRY(ImageFiles::scan(context.inputs("images")));
  const auto pending = corpus.resolve(files, splits.table, splits.unlisted);

  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "coco"));
  if (corpus.crowds() > 0) writer.note("boxes.crowd", corpus.crowds());
  if (corpus.found_by_number() > 0) writer.note("images.found_by_number", corpus.found_by_number());
  if (files.size() > pending.size()) {
    writer.note("files.unused", static_cast<std::int64_t>(files.size() - pending.size()));
  }
  const AssembleOptions options{.limits = {.max_pixels = params.max_pixels},
                                .max_images = params.max_images,
                                .keep_uncaptioned = params.keep_uncaptioned,
                                .scale_boxes = params.other_size == "scale",
                                .threads = context.job().resources.cores};
  UNIMO_TRY(assemble(context, pending, options, writer, quarantine));
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

}  // namespace unimo::stages
