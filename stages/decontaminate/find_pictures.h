// Goes through the pictures of benchmarks and of pre-training.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"
#include "stages/decontaminate/held_pictures.h"
#include "stages/decontaminate/leak_table.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

class Quarantine;

struct PictureSearch {
  std::set<std::string> splits;  // of benchmarks: held out
  bool names = true;
  bool pixels = true;  // bytes or looks: pictures must be read
  int threads = 1;
};

// Names and pictures of the held-out splits, also pictures that held-out examples name. A picture
// that cannot be decoded goes to quarantine (undecodable) and is known by its name alone.
Status hold_benchmark(StageContext& context, const InputItem& artifact, const PictureSearch& search,
                      HeldPictures& held, Quarantine& quarantine);

// Each line names a held-out picture by id or file name; what follows a blank does not matter
// (Karpathy's lists repeat the number). kInvalid when the list is no text.
Status hold_list(const InputItem& list, HeldPictures& held);

// Adds every picture that is held out to `leaks`; returns how many were looked at. A picture that
// cannot be decoded goes to quarantine (undecodable): nothing can be said of it but by its name.
Result<std::int64_t> find_pictures(StageContext& context, const InputItem& artifact,
                                   const PictureSearch& search, const HeldPictures& held,
                                   LeakTable& leaks, Quarantine& quarantine);

}  // namespace unimo::stages
