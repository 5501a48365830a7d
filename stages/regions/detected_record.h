// What the detector found in a picture as the record that the regions artifact keeps.
#pragma once

#include "stages/ingest/records.h"
#include "trainer/data/regions.h"
#include "trainer/detector/detect.h"

namespace unimo::stages {

struct KeptGuesses {
  int classes = 16;    // of each region, the likeliest; at most so many as there are
  int attributes = 4;  // 0: none
};

// Corners become shares of the picture.
trainer::RegionRecord detected_record(const ImageRecord& image,
                                      const trainer::DetectedRegions& regions,
                                      const trainer::DetectorSizes& sizes, const KeptGuesses& kept);

}  // namespace unimo::stages
