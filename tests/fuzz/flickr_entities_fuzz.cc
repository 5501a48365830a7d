// Any bytes as a sentence and as boxes of Flickr30k Entities: phrases lie in their sentence, in
// order, and sizes are those of pixels.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "stages/ingest/corpora/flickr_entities.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto sentence = unimo::stages::parse_entity_sentence(text)) {
    std::size_t last = 0;
    for (const auto& phrase : sentence->phrases) {
      const bool inside =
          phrase.begin >= last && phrase.end > phrase.begin && phrase.end <= sentence->text.size();
      if (!inside || phrase.entity.empty() || phrase.types.empty()) std::abort();
      if (sentence->text[phrase.begin] == ' ' || sentence->text[phrase.end - 1] == ' ')
        std::abort();
      last = phrase.end;
    }
  }
  if (const auto boxes = unimo::stages::parse_entity_boxes(text)) {
    for (const auto& object : boxes->objects) {
      if (!object.box) continue;
      for (const double side : *object.box) {
        if (!(side >= -3e6 && side <= 3e6)) std::abort();
      }
    }
  }
  return 0;
}
