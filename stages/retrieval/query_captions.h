// The captions that related images and sentences are looked for, by image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"

namespace unimo::stages {

struct QueryCaption {
  std::string id, text;
  std::uint32_t image = 0;  // a number of `images`
};

// Captions stand by image, in the order of the images; those of one image in their own order.
struct QueryCaptions {
  std::vector<std::string> images;  // ids
  std::vector<QueryCaption> captions;
  std::vector<std::size_t> ends;  // of each image's captions
  std::int64_t other_splits = 0;  // captions left out with their image
  std::int64_t excluded = 0;

  std::span<const QueryCaption> of_image(std::size_t image) const {
    const std::size_t begin = image == 0 ? 0 : ends[image - 1];
    return std::span(captions).subspan(begin, ends[image] - begin);
  }
};

// Of records artifacts, the captions whose image is in one of `splits` and not excluded. kInvalid
// when two artifacts have the same image.
Result<QueryCaptions> read_query_captions(std::span<const InputItem> artifacts,
                                          const std::set<std::string>& splits,
                                          const std::set<std::string>& excluded);

}  // namespace unimo::stages
