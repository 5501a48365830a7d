// A stage program that knows fetch.images alone: for tests that kill it.
#include "stages/fetch/fetch.h"

int main(int argc, char** argv) {
  return unimo::run_stage_program(argc, argv, unimo::stages::fetches());
}
