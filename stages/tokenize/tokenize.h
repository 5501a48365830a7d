// `unimo tokenize`: text to ids and back, for people and for other programs' pipes. Streams: a line
// goes out as soon as its input block is read.
//
//   unimo tokenize --bpe FOLDER [FILE]            a line of text in, a JSON list of ids out
//   unimo tokenize --bpe FOLDER --jsonl [FILE]    a JSON object in: {"text": "…"} or {"bytes_hex":
//   "…"} unimo tokenize --bpe FOLDER --decode [FILE]   a JSON list of ids in, text out; --json: as
//   a JSON string
//
// --gpt2 speaks GPT-2's numbers instead of RoBERTa's on both ways. FOLDER may also be the tokenizer
// folder of a pack or a checkpoint. Lines end at "\n" alone; all other bytes belong to the text.
// What is not UTF-8 is repaired.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "trainer/text/tokenizer.h"

namespace unimo::stages {

struct TokenizeOptions {
  bool jsonl = false;
  bool decode = false;
  bool json = false;
  bool gpt2 = false;
};

// Reads `in` to its end. kInvalid names `name`, the line and what is wrong there; what was before
// it is written.
Status tokenize_stream(const trainer::Tokenizer& tokenizer, const TokenizeOptions& options,
                       int in_fd, std::string_view name, std::FILE* out);

// argv[0] is "tokenize", the options follow. Exit code 0; 1: bad input; 2: bad usage.
int run_tokenize(int argc, char** argv);

}  // namespace unimo::stages
