// Pictures with all their annotations, waiting outside memory for assemble() in a given order.
//
//   PictureQueue queue(context.output());
//   UNIMO_TRY(queue.add(order, pending));
//   const PendingSource source = UNIMO_TRY(queue.source());
//   UNIMO_TRY(assemble(context, source, queue.size(), options, writer, quarantine));
#pragma once

#include <cstdint>
#include <filesystem>

#include "orchestrator/base/result.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/spill_sort.h"

namespace unimo::stages {

class PictureQueue {
 public:
  // `folder` holds the temporary file, which has no name there.
  explicit PictureQueue(std::filesystem::path folder);

  // Pictures of equal order come out as they went in.
  Status add(std::uint64_t order, const PendingImage& image);
  // Once, after the last add. The queue must outlive it.
  Result<PendingSource> source();
  std::int64_t size() const { return items_.size(); }

 private:
  SpillSort items_;
};

}  // namespace unimo::stages
