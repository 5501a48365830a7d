// Any bytes as the CSV and JSON files of OpenImages, token files, lists of splits and what became
// of downloads; the first byte chooses. What is accepted is brought together to its end.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "stages/ingest/corpora/fetched_images.h"
#include "stages/ingest/corpora/flickr.h"
#include "stages/ingest/corpora/openimages.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file
using unimo::Status;

void read_openimages(const FuzzFolder& folder, const std::filesystem::path& file, unsigned choice) {
  using Read = Status (OpenImagesCorpus::*)(const std::filesystem::path&);
  constexpr Read kReaders[] = {&OpenImagesCorpus::read_images, &OpenImagesCorpus::read_ids,
                               &OpenImagesCorpus::read_boxes, &OpenImagesCorpus::read_labels};
  Quarantine quarantine;
  OpenImagesCorpus corpus(folder.path(), {}, quarantine);
  if (!corpus.read_ids(folder.write("ids.txt", "train/000000000000000a\n"))) std::abort();
  (void)(corpus.*kReaders[choice])(file).has_value();
  PictureQueue pictures(folder.path());
  SideFile labels(folder.path(), "labels.jsonl");
  if (!corpus.resolve(ImageFiles(), OpenImagesClasses(), pictures, labels)) std::abort();
  if (pictures.size() != 0) std::abort();  // there are no files
}

void read_classes(const std::filesystem::path& file, bool hierarchy) {
  Quarantine quarantine;
  OpenImagesClasses classes;
  const Status status =
      hierarchy ? classes.read_hierarchy(file) : classes.read_descriptions(file, quarantine);
  if (status && !classes.to_json().is_array()) std::abort();
}

void read_tokens(const FuzzFolder& folder, const std::filesystem::path& file) {
  Quarantine quarantine;
  FlickrCorpus corpus(folder.path(), quarantine);
  (void)corpus.read_tokens(file).has_value();
  PictureQueue pictures(folder.path());
  SideFile entities(folder.path(), "entities.jsonl");
  const SplitTable none(SplitTable::Key::kFileName);
  if (!corpus.resolve(ImageFiles(), none, pictures, entities)) std::abort();
  if (pictures.size() != 0) std::abort();
}

void read_splits(const FuzzFolder& folder, std::string_view text, SplitTable::Key key) {
  Quarantine quarantine;
  SplitTable table(key);
  const auto [val, test] = fuzz_two_texts(text);
  if (!table.add_list(folder.write("val.txt", val), "val", quarantine)) return;
  (void)table.add_list(folder.write("test.txt", test), "test", quarantine).has_value();
  table.visit([&](const std::string& name, const std::string& source) {
    if (source.empty() || table.find(name).empty()) std::abort();
  });
}

void read_outcomes(const FuzzFolder& folder, std::string_view text) {
  folder.write("outcomes.jsonl", text);
  auto fetched = FetchedImages::open(folder.path(), folder.path(), 2);
  if (!fetched) return;
  for (std::int64_t row = 0; row < 20; ++row) {
    const auto found = fetched->find(row);
    if (!found || (*found != nullptr && (*found)->row != row)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const FuzzFolder folder;
  const unsigned choice = fuzz_choice(data, size, 10);
  const FuzzFile file(data, size);
  const std::string_view text = fuzz_text(data, size);
  switch (choice) {
    case 4: read_classes(file.path(), false); break;
    case 5: read_classes(file.path(), true); break;
    case 6: read_tokens(folder, file.path()); break;
    case 7: read_splits(folder, text, SplitTable::Key::kFileName); break;
    case 8: read_splits(folder, text, SplitTable::Key::kNumber); break;
    case 9: read_outcomes(folder, text); break;
    default: read_openimages(folder, file.path(), choice);
  }
  return 0;
}
