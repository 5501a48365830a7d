// Any bytes as the lists of Conceptual Captions and SBU, through their stages, which look for
// pictures that were never fetched; the first byte chooses.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "stages/ingest/corpora/corpora.h"
#include "stages/schema/image_corpora.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_stage.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  if (size == 0) return 0;
  static FuzzStage stage;
  const auto give = [&](const char* input, const std::filesystem::path& path) {
    unimo::InputItem item;
    item.path = path;
    stage.job.inputs[input] = {item};
  };
  const unsigned choice = fuzz_choice(data, size, 3);
  const std::string_view text = fuzz_text(data, size);
  if (!unimo::remove_tree(stage.job.output)) std::abort();
  std::filesystem::create_directory(stage.job.output);
  stage.job.params = unimo::write_fields(PairIngest());
  stage.job.inputs.clear();
  stage.folder.write("outcomes.jsonl", "{\"row\": 0, \"status\": \"gone\"}\n");
  give("images", stage.folder.path());
  if (choice == 0) {
    give("pairs", stage.folder.write("training.tsv", text));
    (void)run_ingest_conceptual_captions(stage.context).has_value();
  } else if (choice == 1) {
    give("pairs", stage.folder.write("pairs.json", text));
    (void)run_ingest_sbu(stage.context).has_value();
  } else {
    const auto [urls, captions] = fuzz_two_texts(text);
    give("urls", stage.folder.write("urls.txt", urls));
    give("captions", stage.folder.write("captions.txt", captions));
    (void)run_ingest_sbu(stage.context).has_value();
  }
  return 0;
}
