#include "orchestrator/stage/stage.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/corpora/visual_genome.h"
#include "stages/schema/ingest.h"

namespace unimo::stages {

namespace {

Status read_table(std::span<const InputItem> items, SplitTable& table, Quarantine& quarantine) {
  for (const InputItem& item : items) {
    if (item.path.extension() == ".json") {
      const auto images = UNIMO_TRY(read_karpathy(item.path, quarantine));
      for (const KarpathyImage& image : images) {
        UNIMO_TRY(table.add(image.filename, image.split, image.source, quarantine));
      }
      continue;
    }
    const std::string split = split_of_file_name(item.path);
    if (split.empty()) {
      return fail(ErrorCode::kInvalid, "{}: its name tells no split; call it like val.txt",
                  item.path.string());
    }
    UNIMO_TRY(table.add_list(item.path, split, quarantine));
  }
  return ok();
}

Status read_annotations(StageContext& context, GenomeCorpus& corpus, std::int64_t phrases) {
  const auto image_data = UNIMO_TRY(context.input("image_data"));
  UNIMO_TRY(corpus.read_images(image_data));
  for (const InputItem& item : context.inputs("objects")) UNIMO_TRY(corpus.read_objects(item.path));
  for (const InputItem& item : context.inputs("attributes"))
    UNIMO_TRY(corpus.read_attributes(item.path));
  for (const InputItem& item : context.inputs("regions"))
    UNIMO_TRY(corpus.read_regions(item.path, phrases));
  return ok();
}

}  // namespace

Status run_ingest_visual_genome(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<GenomeIngest>());
  Quarantine quarantine;
  GenomeCorpus corpus(quarantine);
  UNIMO_TRY(read_annotations(context, corpus, params.phrases_per_image));
  SplitTable splits(SplitTable::Key::kNumber);
  SplitTable exclude(SplitTable::Key::kNumber);
  UNIMO_TRY(read_table(context.inputs("split"), splits, quarantine));
  UNIMO_TRY(read_table(context.inputs("exclude"), exclude, quarantine));
  const ImageFiles files = UNIMO_TRY(ImageFiles::scan(context.inputs("images")));
  const auto pending = corpus.resolve(files, splits, exclude);

  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "visual_genome"));
  if (corpus.excluded() > 0) writer.note("images.excluded", corpus.excluded());
  const AssembleOptions options{.limits = {.max_pixels = params.pictures.max_pixels},
                                .max_images = params.pictures.max_images,
                                .keep_uncaptioned = params.pictures.keep_uncaptioned,
                                .scale_boxes = params.pictures.other_size == "scale",
                                .threads = context.job().resources.cores};
  UNIMO_TRY(assemble(context, pending, options, writer, quarantine));
  return finish_records(context, writer, quarantine, params.pictures.max_bad_share);
}

}  // namespace unimo::stages
