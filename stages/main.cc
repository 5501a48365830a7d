// The program unimo-stage: runs one job of a tensor-free kind.
#include <string_view>

#include "stages/command/command.h"
#include "stages/ingest/ingest.h"
#include "stages/miniworld/miniworld.h"
#include "stages/pack/pack.h"
#include "stages/report/report.h"
#include "stages/score/score.h"
#include "stages/tokenize/tokenize.h"

int main(int argc, char** argv) {
  using namespace unimo::stages;
  if (argc > 1 && std::string_view(argv[1]) == "tokenize") return run_tokenize(argc - 1, argv + 1);
  constexpr unimo::StageEntry kEntries[] = {{"miniworld", run_miniworld},
                                            {"ingest.coco", run_ingest_coco},
                                            {"ingest.flickr", run_ingest_flickr},
                                            {"ingest.visual_genome", run_ingest_visual_genome},
                                            {"ingest.text", run_ingest_text},
                                            {"pack", run_pack},
                                            {"score", run_score},
                                            {"report", run_report},
                                            {"command", run_command}};
  return unimo::run_stage_program(argc, argv, kEntries);
}
