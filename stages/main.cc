// The program unimo-stage: runs one job of a tensor-free kind.
#include <string_view>
#include <vector>

#include "stages/command/command.h"
#include "stages/data_check/data_check.h"
#include "stages/decontaminate/decontaminate.h"
#include "stages/fetch/fetch.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/miniworld/miniworld.h"
#include "stages/pack/pack.h"
#include "stages/region_files/region_files.h"
#include "stages/report/report.h"
#include "stages/rewrites/rewrites.h"
#include "stages/retrieval/retrieve.h"
#include "stages/score/score.h"
#include "stages/score/score_command.h"
#include "stages/tokenize/tokenize.h"
#include "stages/weights/weights.h"

int main(int argc, char** argv) {
  using namespace unimo::stages;
  if (argc > 1 && std::string_view(argv[1]) == "tokenize") return run_tokenize(argc - 1, argv + 1);
  if (argc > 1 && std::string_view(argv[1]) == "data-check")
    return run_data_check(argc - 1, argv + 1);
  if (argc > 1 && std::string_view(argv[1]) == "score-files")
    return run_score_files(argc - 1, argv + 1);
  if (argc > 1 && std::string_view(argv[1]) == "compare-files")
    return run_compare_files(argc - 1, argv + 1);
  if (argc > 1 && std::string_view(argv[1]) == "weights-show")
    return run_weights_show(argc - 1, argv + 1);
  std::vector<unimo::StageEntry> entries = {{"miniworld", run_miniworld},
                                            {"fetch.images", run_fetch_images},
                                            {"decontaminate", run_decontaminate},
                                            {"rewrites", run_rewrites},
                                            {"retrieve", run_retrieve},
                                            {"regions.import", run_regions_import},
                                            {"regions.export", run_regions_export},
                                            {"pack", run_pack},
                                            {"score", run_score},
                                            {"report", run_report},
                                            {"export.weights", run_export_weights},
                                            {"command", run_command}};
  for (const auto& more : {text_corpora(), image_corpora(), text_benchmarks(), image_benchmarks()})
    entries.insert(entries.end(), more.begin(), more.end());
  return unimo::run_stage_program(argc, argv, entries);
}
