#include <array>

#include "stages/miniworld/format.h"

namespace unimo::stages {

std::span<const FormatEntry> format_table() {
  static constexpr std::array<FormatEntry, 19> kTable{{
      {"wikipedia", wikipedia_format},
      {"openwebtext", openwebtext_format},
      {"parallel", parallel_format},
      {"coco", coco_format, true},
      {"visual_genome", visual_genome_format, true, "coco"},
      {"cc", cc_format, true},
      {"sbu", sbu_format, true},
      {"openimages", openimages_format, true},
      {"flickr30k", flickr30k_format, true},
      {"snli_ve", snli_ve_format, false, "flickr30k"},
      {"vqa", vqa_format, false, "coco"},
      {"sst2", sst2_format},
      {"mnli", mnli_format},
      {"cola", cola_format},
      {"stsb", stsb_format},
      {"coqa", coqa_format},
      {"squad", squad_format},
      {"cnndm", cnndm_format},
      {"gigaword", gigaword_format},
  }};
  return kTable;
}

}  // namespace unimo::stages
