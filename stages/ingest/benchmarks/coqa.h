// CoQA's JSON: conversations about a story, one example a turn.
//
// An example has the parts story and question, the turns before it as history, and as targets the
// answer and then the additional ones, in the order of their keys, repetitions included: the scorer
// takes them leave-one-out. `extra`: source (of the story), turn (from 1), rationale (the
// evidence's text), span (bytes of the story that are the evidence; absent where there is none),
// bad_turn where the file says so.
//
// Offsets of the file count code points; a span that is not its text's place in the story is
// dropped and stands in the quarantine (span_mismatch). White space around the evidence does not
// matter. Answers "unknown" with the offsets -1 are answers like any other, counted as
// answers.unknown.
//
// Reasons of the quarantine besides those of ExampleSink, for all turns of a conversation:
// bad_field (with its path; also questions and answers that do not belong together) and
// unknown_source (the official scorer stops at such a file).
#pragma once

#include "orchestrator/base/result.h"
#include "stages/ingest/benchmarks/example_sink.h"

namespace unimo::stages {

// Files of the split val must have additional_answers, as the official scorer needs them.
Status read_coqa(const BenchmarkFile& file, ExampleSink& sink);

}  // namespace unimo::stages
