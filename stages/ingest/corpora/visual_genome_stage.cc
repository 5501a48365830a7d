#include "orchestrator/stage/stage.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/corpora/picture_stage.h"
#include "stages/ingest/corpora/visual_genome.h"
#include "stages/schema/ingest.h"
#include "stages/schema/official_counts.h"

namespace unimo::stages {

namespace {

// Krishna et al. 2017, "Visual Genome": the pictures; phrases, objects and questions are given
// there in round numbers only.
Status read_annotations(StageContext& context, GenomeCorpus& corpus) {
  const auto image_data = UNIMO_TRY(context.input("image_data"));
  UNIMO_TRY(corpus.read_images(image_data));
  using Read = Status (GenomeCorpus::*)(const std::filesystem::path&);
  constexpr std::pair<const char*, Read> kFiles[] = {
      {"objects", &GenomeCorpus::read_objects},
      {"attributes", &GenomeCorpus::read_attributes},
      {"regions", &GenomeCorpus::read_regions},
      {"relationships", &GenomeCorpus::read_relationships},
      {"scene_graphs", &GenomeCorpus::read_scene_graphs},
      {"questions", &GenomeCorpus::read_questions}};
  for (const auto& [input, read] : kFiles) {
    for (const InputItem& item : context.inputs(input)) UNIMO_TRY((corpus.*read)(item.path));
  }
  return ok();
}

// Those of pictures that were kept.
Status write_questions(ExampleQueue& questions, RecordsWriter& writer, Quarantine& quarantine) {
  return questions.visit([&](const std::string& source, ExampleRecord& example) -> Status {
    quarantine.saw(Item::kExample);
    const auto split = writer.split_of_image(example.image);
    if (!split) {
      writer.note("examples.without_picture");
      return ok();
    }
    if (writer.has_example(example.id)) {
      quarantine.add(Item::kExample, {source, example.id, "duplicate_example",
                                      "this id stood before; the first counts"});
      return ok();
    }
    example.split = std::string(*split);
    return writer.add_example(example);
  });
}

}  // namespace

Status run_ingest_visual_genome(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<GenomeIngest>());
  Quarantine quarantine;
  GenomeCorpus corpus(context.output(), quarantine);
  UNIMO_TRY(read_annotations(context, corpus));
  SplitTable splits(SplitTable::Key::kNumber);
  SplitTable exclude(SplitTable::Key::kNumber);
  UNIMO_TRY(read_split_files(context.inputs("split"), splits, quarantine));
  UNIMO_TRY(read_split_files(context.inputs("exclude"), exclude, quarantine));
  const ImageFiles files = UNIMO_TRY(ImageFiles::scan(context.inputs("images")));
  PictureQueue pictures(context.output());
  SideFile graphs(context.output(), "scene_graphs.jsonl");
  ExampleQueue questions(context.output());
  UNIMO_TRY(corpus.resolve(files, splits, exclude, params.phrases_per_image,
                           {pictures, graphs, questions}));

  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "visual_genome"));
  if (corpus.excluded() > 0) writer.note("images.excluded", corpus.excluded());
  if (corpus.repeated_phrases() > 0) writer.note("captions.repeated", corpus.repeated_phrases());
  if (corpus.repeated_relations() > 0)
    writer.note("relations.repeated", corpus.repeated_relations());
  if (params.pictures.complete) writer.official("images", kGenomeImages);
  UNIMO_TRY(write_pictures(context, params.pictures, files, pictures, writer, quarantine));
  UNIMO_TRY(graphs.write(writer));
  UNIMO_TRY(write_questions(questions, writer, quarantine));
  return finish_records(context, writer, quarantine, params.pictures.max_bad_share);
}

}  // namespace unimo::stages
