#include "orchestrator/stage/stage.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/corpora/openimages.h"
#include "stages/ingest/corpora/picture_stage.h"
#include "stages/schema/official_counts.h"

namespace unimo::stages {

namespace {

// The data set's README for version 3, from which on the pictures are the same.
Status read_classes(StageContext& context, OpenImagesClasses& classes, Quarantine& quarantine) {
  for (const InputItem& item : context.inputs("classes"))
    UNIMO_TRY(classes.read_descriptions(item.path, quarantine));
  for (const InputItem& item : context.inputs("hierarchy"))
    UNIMO_TRY(classes.read_hierarchy(item.path));
  return ok();
}

}  // namespace

Status run_ingest_openimages(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<OpenImagesIngest>());
  Quarantine quarantine;
  OpenImagesClasses classes;
  UNIMO_TRY(read_classes(context, classes, quarantine));
  OpenImagesCorpus corpus(context.output(), params, quarantine);
  using Read = Status (OpenImagesCorpus::*)(const std::filesystem::path&);
  constexpr std::pair<const char*, Read> kFiles[] = {{"image_list", &OpenImagesCorpus::read_images},
                                                     {"ids", &OpenImagesCorpus::read_ids},
                                                     {"boxes", &OpenImagesCorpus::read_boxes},
                                                     {"labels", &OpenImagesCorpus::read_labels}};
  for (const auto& [input, read] : kFiles) {
    for (const InputItem& item : context.inputs(input)) UNIMO_TRY((corpus.*read)(item.path));
  }
  const ImageFiles files = UNIMO_TRY(ImageFiles::scan(context.inputs("images")));
  PictureQueue pictures(context.output());
  SideFile labels(context.output(), "labels.jsonl");
  UNIMO_TRY(corpus.resolve(files, classes, pictures, labels));

  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "openimages"));
  if (corpus.counts().groups > 0) writer.note("boxes.group", corpus.counts().groups);
  if (corpus.counts().not_listed > 0) writer.note("images.not_listed", corpus.counts().not_listed);
  if (params.pictures.complete) {
    writer.official("images.train", kOpenImages.train);
    writer.official("images.val", kOpenImages.val);
    writer.official("images.test", kOpenImages.test);
  }
  UNIMO_TRY(write_pictures(context, params.pictures, files, pictures, writer, quarantine));
  UNIMO_TRY(labels.write(writer));
  const Json list = classes.to_json();
  if (!list.empty()) UNIMO_TRY(write_json(context.output() / "classes.json", list));
  return finish_records(context, writer, quarantine, params.pictures.max_bad_share);
}

}  // namespace unimo::stages
