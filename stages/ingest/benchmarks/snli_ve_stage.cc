#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/benchmarks/picture_examples.h"
#include "stages/ingest/benchmarks/snli_ve.h"
#include "stages/schema/image_benchmarks.h"
#include "stages/schema/official_counts.h"

namespace unimo::stages {

namespace {

Status read_inputs(StageContext& context, SnliVeCorpus& corpus) {
  if (!context.has_input("rows") && !context.has_input("snli")) {
    return fail(ErrorCode::kInvalid,
                "{}: give rows (snli_ve_train.jsonl, …), or snli (snli_1.0_train.jsonl, …) with "
                "train_val and test (flickr30k_train_val.lst, flickr30k_test.lst)",
                context.job().task);
  }
  for (const InputItem& item : context.inputs("rows")) UNIMO_TRY(corpus.read_rows(item.path));
  if (!context.has_input("snli")) return ok();
  const auto train_val = UNIMO_TRY(context.input("train_val"));
  const auto test = UNIMO_TRY(context.input("test"));
  UNIMO_TRY(corpus.read_lists(train_val, test));
  for (const InputItem& item : context.inputs("snli")) UNIMO_TRY(corpus.read_snli(item.path));
  return ok();
}

}  // namespace

Status run_ingest_snli_ve(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<SnliVeIngest>());
  Quarantine quarantine;
  PictureExamples examples(context, quarantine);
  SnliVeCorpus corpus(examples, quarantine);
  UNIMO_TRY(read_inputs(context, corpus));

  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "snli_ve"));
  if (corpus.no_gold() > 0) writer.note("rows.no_gold", corpus.no_gold());
  if (corpus.visual_genome() > 0) writer.note("rows.visual_genome", corpus.visual_genome());
  if (params.pictures.complete) {
    writer.official("examples.train", kSnliVe.train);
    writer.official("examples.val", kSnliVe.val);
    writer.official("examples.test", kSnliVe.test);
  }
  UNIMO_TRY(examples.write(params.pictures, params.max_examples, writer,
                           [](ExampleRecord&) { return ok(); }));
  return finish_records(context, writer, quarantine, params.pictures.max_bad_share);
}

}  // namespace unimo::stages
