#include "stages/ingest/corpora/picture_stage.h"

#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"

namespace unimo::stages {

Status write_pictures(StageContext& context, const PictureIngest& params, PictureQueue& pictures,
                      RecordsWriter& writer, Quarantine& quarantine) {
  const AssembleOptions options{.limits = {.max_pixels = params.max_pixels},
                                .max_images = params.max_images,
                                .keep_uncaptioned = params.keep_uncaptioned,
                                .scale_boxes = params.other_size == "scale",
                                .threads = context.job().resources.cores};
  const PendingSource source = UNIMO_TRY(pictures.source());
  return assemble(context, source, pictures.size(), options, writer, quarantine);
}

Status write_pictures(StageContext& context, const PictureIngest& params, const ImageFiles& files,
                      PictureQueue& pictures, RecordsWriter& writer, Quarantine& quarantine) {
  const auto unused = static_cast<std::int64_t>(files.size()) - pictures.size();
  if (unused > 0) writer.note("files.unused", unused);
  return write_pictures(context, params, pictures, writer, quarantine);
}

}  // namespace unimo::stages
