// How every stage that makes pictures ends, with the parameters they share.
#pragma once

#include <filesystem>
#include <span>

#include "orchestrator/base/result.h"
#include "stages/ingest/image_files.h"
#include "stages/ingest/picture_queue.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/schema/ingest.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

// Writes the queued pictures with their captions and boxes. Files below the folders that no
// annotation asked for are noted as files.unused.
Status write_pictures(StageContext& context, const PictureIngest& params, const ImageFiles& files,
                      PictureQueue& pictures, RecordsWriter& writer, Quarantine& quarantine);
// For pictures that do not come from folders of files.
Status write_pictures(StageContext& context, const PictureIngest& params, PictureQueue& pictures,
                      RecordsWriter& writer, Quarantine& quarantine);

}  // namespace unimo::stages
