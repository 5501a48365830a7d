// A tokenizer folder that knows the single bytes and two pieces more.
#pragma once

#include <string>

#include "orchestrator/base/json.h"
#include "tests/stages/stage_bench.h"
#include "trainer/text/utf8.h"

namespace unimo::stages {

// Writes encoder.json, vocab.bpe and vocab.txt into `folder` of the bench. GPT-2's number of a byte
// is its value, of " a" 256, of " an" 257; the model's ids run the other way.
inline void write_tiny_bpe(const StageBench& bench, const std::string& folder) {
  Json pieces = Json::object();
  std::uint32_t next = 0x100;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const bool visible =
        (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    std::string written;
    trainer::append_utf8(visible ? byte : next++, written);
    pieces[written] = byte;
  }
  pieces["\u0120a"] = 256;
  pieces["\u0120an"] = 257;
  std::string numbers = "[CLS]\n[PAD]\n[SEP]\n[UNK]\n";
  for (int i = 257; i >= 0; --i) numbers += std::to_string(i) + "\n";
  bench.write(folder + "/encoder.json", pieces.dump());
  bench.write(folder + "/vocab.bpe", "#version: 0.2\n\u0120 a\n\u0120a n\n");
  bench.write(folder + "/vocab.txt", numbers + "[MASK]\n");
}

}  // namespace unimo::stages
