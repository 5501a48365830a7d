// `unimo score` and `unimo compare --significance`, as the program unimo-stage does them.
#pragma once

namespace unimo::stages {

// One argument after the name: the parameters as JSON (stages/schema/score_files.h). Return the
// exit code.
int run_score_files(int argc, char** argv);
int run_compare_files(int argc, char** argv);

}  // namespace unimo::stages
