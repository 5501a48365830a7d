// How fast translation by beam search is on the processor, and what it finds:
//   translator_bench FOLDER SOURCES [BEAM MAX_LENGTH THREADS BATCH ROUNDS]   (4 64 2 32 1)
// or what the model says of given targets:
//   translator_bench logits FOLDER PAIRS
//
// FOLDER is a Marian model in Hugging Face's form; of its files config.json and the weights are
// read. SOURCES is a JSON list of lists of ids, each with the end token. Prints one JSON line: wall
// and processor seconds of each round and the best hypothesis of each source, without start and
// end. PAIRS is {"sources", "inputs"}, inputs with the start token; the line is the logits of every
// input's last position. translator_peer.py runs it beside Hugging Face's generate.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "orchestrator/base/json.h"
#include "trainer/loop/numerics.h"
#include "trainer/translator/translate.h"

namespace unimo::trainer {
namespace {

struct Seconds {
  double wall = 0, processor = 0;
};

Seconds now() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  const auto wall = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration<double>(wall).count(), of(usage.ru_utime) + of(usage.ru_stime)};
}

struct Shape {
  int beam = 4, max_length = 64, threads = 2, batch = 32, rounds = 1;
};

Status measure(const std::string& folder, const std::string& file, const Shape& shape) {
  TranslatorModel loaded = UNIMO_TRY(load_marian_model(folder));
  const Json json = UNIMO_TRY(read_json(file));
  const auto sources = json.get<std::vector<std::vector<std::int32_t>>>();
  const std::vector<std::string> keys(sources.size());
  use_threads(shape.threads);
  const TranslateOptions options{.search = {.beam = shape.beam, .max_length = shape.max_length},
                                 .batch = shape.batch,
                                 .batch_rows = 1 << 20};
  Json out = {{"rounds", Json::array()}};
  for (int round = 0; round < shape.rounds; ++round) {
    const Seconds begin = now();
    const auto found =
        UNIMO_TRY(translate_ids(*loaded.model, loaded.tokens, sources, keys, options));
    const Seconds end = now();
    out["rounds"].push_back(
        {{"wall_s", end.wall - begin.wall}, {"processor_s", end.processor - begin.processor}});
    out["hypotheses"] = Json::array();
    for (const auto& translations : found) out["hypotheses"].push_back(translations.front().tokens);
  }
  std::puts(out.dump().c_str());
  return ok();
}

Status show_logits(const std::string& folder, const std::string& file) {
  TranslatorModel loaded = UNIMO_TRY(load_marian_model(folder));
  const Json json = UNIMO_TRY(read_json(file));
  PackedTexts sources, inputs;
  for (const Json& text : json.at("sources")) sources.add(text.get<std::vector<std::int32_t>>());
  for (const Json& text : json.at("inputs")) inputs.add(text.get<std::vector<std::int32_t>>());
  Translator& model = *loaded.model;
  const at::Tensor states = model.decode(inputs, model.encode(sources, {}), sources, {}).detach();
  Json out = Json::array();
  for (std::size_t i = 1; i < inputs.begins.size(); ++i) {
    const at::Tensor logits = model.logits(states.narrow(0, inputs.begins[i] - 1, 1)).detach();
    const float* values = logits.const_data_ptr<float>();
    out.push_back(std::vector<float>(values, values + logits.numel()));
  }
  std::puts(out.dump().c_str());
  return ok();
}

int end(const Status& status) {
  if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return status ? 0 : 1;
}

}  // namespace
}  // namespace unimo::trainer

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs(
        "translator_bench FOLDER SOURCES [BEAM MAX_LENGTH THREADS BATCH ROUNDS]\n"
        "translator_bench logits FOLDER PAIRS\n",
        stderr);
    return 2;
  }
  if (argc == 4 && std::string_view(argv[1]) == "logits")
    return unimo::trainer::end(unimo::trainer::show_logits(argv[2], argv[3]));
  unimo::trainer::Shape shape;
  int* const numbers[] = {&shape.beam, &shape.max_length, &shape.threads, &shape.batch,
                          &shape.rounds};
  for (int i = 3; i < argc && i < 8; ++i) *numbers[i - 3] = std::atoi(argv[i]);
  return unimo::trainer::end(unimo::trainer::measure(argv[1], argv[2], shape));
}
