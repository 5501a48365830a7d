#include "stages/schema/tables.h"
#include "stages/schema/translation.h"

namespace unimo::stages {

std::vector<StageSchema> translation_schemas() {
  auto translator = schema_for<TranslatorParams>(
      "translator", "an encoder-decoder that translates, from parallel text");
  translator.program = StageProgram::kTensor;
  translator.numerics = true;
  translator.inputs = {{"text", true, true, "folders with parallel text"},
                       {"init", false, false, "a translator to go on from"}};
  translator.resources = {.cores = 2, .memory_mb = 4000};
  auto back = schema_for<BackTranslateParams>(
      "back_translate", "captions in other words: to another language and back");
  back.program = StageProgram::kTensor;
  back.numerics = true;
  back.inputs = {{"captions", true, false, "records with captions"},
                 {"forward", true, true, "translators out of the captions' language"},
                 {"backward", true, true, "translators back, one for each of forward, in order"}};
  back.resources = {.cores = 2, .memory_mb = 4000};
  return {std::move(translator), std::move(back)};
}

}  // namespace unimo::stages
