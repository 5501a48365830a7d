// A stage program that knows fetch.images alone: for tests that kill it.
#include "orchestrator/stage/stage.h"
#include "stages/fetch/fetch.h"

int main(int argc, char** argv) {
  constexpr unimo::StageEntry kEntries[] = {{"fetch.images", unimo::stages::run_fetch_images}};
  return unimo::run_stage_program(argc, argv, kEntries);
}
