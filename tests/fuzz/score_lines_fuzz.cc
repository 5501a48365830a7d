// Any bytes as a file of texts, one a line; the first byte says whether bytes that are not UTF-8
// are taken. What was read, written again, reads the same.
#include <cstdlib>

#include "stages/score/text_lines.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace unimo::stages;
  if (size == 0) return 0;
  const TextLineOptions options{.bytes = fuzz_choice(data, size, 2) == 1};
  const FuzzFile file(data, size);
  const auto read = read_text_lines(file.path(), options);
  if (!read) return 0;
  (void)warnings_of(*read, true);
  std::string text;
  for (const std::string& line : read->lines) text += line + "\n";
  const FuzzFile again(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  const auto twice = read_text_lines(again.path(), options);
  // A carriage return before the line end goes each time; what begins like a packed file or a byte
  // order mark is read as one.
  if (twice && twice->lines.size() != read->lines.size()) std::abort();
  return 0;
}
