// Any bytes as captions of two pictures, one a line, that are counted and rewritten.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "stages/rewrites/rewriter.h"
#include "stages/rewrites/rewrites_output.h"

namespace {

using namespace unimo::stages;

// Half of the lines to each picture.
std::vector<ImageCaptions> pictures_of(std::string_view text) {
  std::vector<ImageCaptions> images(2);
  for (std::size_t line = 0; !text.empty() && line < 40; ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    images[line % 2].captions.push_back({std::to_string(line), std::string(text.substr(0, end))});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return images;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 4000));
  const auto images = pictures_of(bytes);
  const Vocabulary vocabulary = count_vocabulary(images, {.floor = 1, .pair_floor = 1}, nullptr, 1);
  const Candidates candidates(vocabulary, nullptr, {.together_lift = 1e6}, 1);
  ImageRewriter rewriter(vocabulary, candidates, {.companion_lift = 1e6});
  for (const ImageCaptions& image : images) {
    std::vector<CaptionReading> readings;
    for (const CaptionText& caption : image.captions)
      readings.push_back(read_caption(caption.text, nullptr));
    const auto all = rewriter.rewrite(image, readings, 0);
    if (all.size() != image.captions.size()) std::abort();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].words.size() > 50 || all[i].phrases.size() > 50) std::abort();
      std::string lines;
      append_contrast_line(lines, "id", all[i]);
      append_rewrite_line(lines, {image.image, image.captions[i], readings[i], all[i]});
      for (const auto* list : {&all[i].words, &all[i].phrases})
        for (const Rewrite& one : *list)
          if (one.replaced == 0 || one.replaced > 2) std::abort();
    }
  }
  return 0;
}
