// Any bytes as the JSON files of COCO and Visual Genome; the first byte chooses the reader. What is
// accepted is brought together to its end.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "stages/ingest/corpora/coco.h"
#include "stages/ingest/corpora/visual_genome.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

void read_coco(const std::filesystem::path& folder, const FuzzFile& file, unsigned choice) {
  Quarantine quarantine;
  CocoCorpus corpus(folder, quarantine);
  const auto status = choice == 0   ? corpus.read_captions(file.path())
                      : choice == 1 ? corpus.read_instances(file.path())
                      : choice == 2
                          ? corpus.read_image_info(file.path())
                          : visit_karpathy(file.path(), quarantine, [&](KarpathyImage& image) {
                              return corpus.add_karpathy(image);
                            });
  (void)status.has_value();
  PictureQueue pictures(folder);
  if (!corpus.resolve(ImageFiles(), SplitTable(SplitTable::Key::kNumber), "train", pictures))
    std::abort();
  if (pictures.size() != 0) std::abort();  // there are no files
}

void read_genome(const std::filesystem::path& folder, const FuzzFile& file, unsigned choice) {
  Quarantine quarantine;
  GenomeCorpus corpus(folder, quarantine);
  using Read = unimo::Status (GenomeCorpus::*)(const std::filesystem::path&);
  constexpr Read kReaders[] = {&GenomeCorpus::read_images,        &GenomeCorpus::read_objects,
                               &GenomeCorpus::read_attributes,    &GenomeCorpus::read_regions,
                               &GenomeCorpus::read_relationships, &GenomeCorpus::read_scene_graphs,
                               &GenomeCorpus::read_questions};
  (void)(corpus.*kReaders[choice % std::size(kReaders)])(file.path()).has_value();
  PictureQueue pictures(folder);
  SideFile graphs(folder, "scene_graphs.jsonl");
  ExampleQueue questions(folder);
  const SplitTable none(SplitTable::Key::kNumber);
  if (!corpus.resolve(ImageFiles(), none, none, 0, {pictures, graphs, questions})) std::abort();
  if (pictures.size() != 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const FuzzFolder folder;
  const unsigned choice = fuzz_choice(data, size, 11);
  const FuzzFile file(data, size);
  if (choice < 4) {
    read_coco(folder.path(), file, choice);
  } else {
    read_genome(folder.path(), file, choice - 4);
  }
  return 0;
}
