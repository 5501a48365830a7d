// Any bytes as a table of similarities and its index.
#include <cmath>
#include <cstdlib>

#include "stages/score/score_retrieval.h"
#include "stages/score/similarity_files.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  const auto [table_text, index_text] = fuzz_two_texts(fuzz_text(data, size));
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
  };
  const FuzzFile table(bytes(table_text), table_text.size());
  const FuzzFile index(bytes(index_text), index_text.size());
  const auto similarity = read_similarity_files(table.path(), index.path(), "");
  if (!similarity) return 0;
  const Scored scored = score_similarity(*similarity, unimo::eval::TieRule::kPessimistic);
  for (const auto& [name, value] : scored.metrics)
    if (!std::isfinite(value)) std::abort();
  return 0;
}
