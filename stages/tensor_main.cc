// The program unimo-tensor: runs one job of a kind that computes with tensors.
#include "stages/baseline/cca.h"
#include "stages/detector/predict_objects.h"
#include "stages/detector/train_detector.h"
#include "stages/finetune/finetune.h"
#include "stages/predict/predict.h"
#include "stages/pretrain/import_weights.h"
#include "stages/pretrain/pretrain.h"
#include "stages/pretrain/process_group.h"
#include "stages/regions/regions_detect.h"
#include "stages/regions/regions_windows.h"
#include "stages/translate/back_translate.h"
#include "stages/translate/train_translator.h"

int main(int argc, char** argv) {
  using namespace unimo::stages;
  constexpr unimo::StageEntry kEntries[] = {{"regions.windows", run_regions_windows},
                                            {"regions.detect", run_regions_detect},
                                            {"baseline.cca", run_baseline_cca},
                                            {"import.weights", run_import_weights},
                                            {"pretrain", run_pretrain, &rank_of_process},
                                            {"finetune", run_finetune, &rank_of_process},
                                            {"predict", run_predict},
                                            {"translator", run_translator, &rank_of_process},
                                            {"back_translate", run_back_translate},
                                            {"detector", run_detector, &rank_of_process},
                                            {"detector.predict", run_detector_predict}};
  return unimo::run_stage_program(argc, argv, kEntries);
}
