// Any bytes as UNIMO's tab-separated files; the first byte chooses the task. What is read, written
// and read again is the same.
#include <cstdlib>

#include "stages/ingest/benchmarks/unimo_tasks.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"
#include "trainer/text/byte_bpe.h"
#include "trainer/text/utf8.h"

namespace {

using namespace unimo::stages;  // NOLINT: one small file

constexpr const char* kTasks[] = {"sst2", "cola",     "mnli",  "stsb",
                                  "coqa", "squad_qg", "cnndm", "gigaword"};

// A tokenizer of the 256 single bytes, numbered by their values.
std::unique_ptr<unimo::trainer::ByteBpe> bytes_tokenizer() {
  const FuzzFolder folder;
  unimo::Json pieces = unimo::Json::object();
  std::uint32_t next = 0x100;
  std::string numbers = "[CLS]\n[PAD]\n[SEP]\n[UNK]\n";
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const bool visible =
        (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    std::string written;
    unimo::trainer::append_utf8(visible ? byte : next++, written);
    pieces[written] = byte;
    numbers += std::to_string(byte) + "\n";
  }
  folder.write("encoder.json", pieces.dump());
  folder.write("vocab.bpe", "#version: 0.2\n");
  folder.write("vocab.txt", numbers + "[MASK]\n");
  return unimo::trainer::ByteBpe::load(folder.path()).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const auto bpe = bytes_tokenizer();
  static UnimoCell cells(*bpe);
  const std::string name = kTasks[fuzz_choice(data, size, std::size(kTasks))];
  const FuzzFile file(data, size);
  UnimoTask task(name, &cells);
  auto rows = TsvReader::open(
      file.path(), {.header_names = {task.columns().front()}, .headerless = {task.columns()}});
  if (!rows) return 0;
  for (TsvRow row;;) {
    const auto more = rows->next(row);
    if (!more || !*more) return 0;
    if (!row.reason.empty()) continue;
    const auto example = task.parse(row, true);
    std::int64_t blanked = 0;
    if (!example) continue;
    const auto line = task.format(*example, 0, blanked);
    if (!line) std::abort();
  }
}
