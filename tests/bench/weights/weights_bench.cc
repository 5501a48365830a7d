// How fast weights are read and written: weights_bench FOLDER [runs]. Writes a RoBERTa-base of
// invented numbers (125 million values, 499 MB) into FOLDER as model.safetensors and config.json,
// unless it is there, and reads it, and a pytorch_model.bin that weights_peer.py has put beside it,
// into memory that is already in use. The files are in the page cache: what is measured is this
// program, not the disk. Times are the shortest of so many runs.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "orchestrator/base/json.h"
#include "trainer/weights/parameter_names.h"
#include "trainer/weights/safetensors.h"
#include "trainer/weights/torch_archive.h"

namespace {

using namespace unimo::trainer;  // NOLINT: one program

struct Model {
  std::vector<float> values;
  std::vector<FloatTensor> tensors;
};

Model base_roberta() {
  std::vector<NamedShape> shapes = text_parameters(base_model());
  shapes.push_back({"token_types", {1, base_model().hidden}});
  Model model;
  std::size_t total = 0;
  const auto count = [](const std::vector<std::int64_t>& shape) {
    std::size_t values = 1;
    for (const std::int64_t side : shape) values *= static_cast<std::size_t>(side);
    return values;
  };
  for (const NamedShape& shape : shapes) total += count(shape.shape);
  model.values.resize(total);
  std::uint32_t state = 1;
  for (float& value : model.values) {
    state = state * 1664525U + 1013904223U;
    value = (static_cast<float>(state >> 8U) / 16777216.0F - 0.5F) * 0.1F;
  }
  std::span<float> rest = model.values;
  for (const NamedShape& shape : shapes) {
    const auto part = rest.first(count(shape.shape));
    rest = rest.subspan(part.size());
    const std::string name = roberta_name(shape.name);
    // As RoBERTa starts: norms near one, no segments.
    if (name.empty()) std::ranges::fill(part, 0.0F);
    if (name.ends_with("orm.weight"))
      for (float& value : part) value += 1.0F;
    model.tensors.push_back(
        {name.empty() ? std::string(kTokenTypeTable) : name, shape.shape, part});
  }
  return model;
}

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Work>
void time_it(const char* what, int runs, double megabytes, const Work& work) {
  double best = std::numeric_limits<double>::infinity();
  double best_cpu = best;
  for (int i = 0; i < runs; ++i) {
    const double start = seconds(CLOCK_MONOTONIC);
    const double start_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    const unimo::Status status = work();
    best = std::min(best, seconds(CLOCK_MONOTONIC) - start);
    best_cpu = std::min(best_cpu, seconds(CLOCK_PROCESS_CPUTIME_ID) - start_cpu);
    if (status) continue;
    fmt::print(stderr, "{}\n", status.error().message);
    std::exit(1);
  }
  fmt::print("{:<28} {:8.3f} s, {:8.3f} s of the processor  {:6.0f} MB/s of that\n", what, best,
             best_cpu, megabytes / best_cpu);
}

// Into the memory of `model`, by name.
unimo::Status load(const unimo::Result<WeightFile>& file, Model& model) {
  if (!file) return tl::unexpected(file.error());
  std::vector<TensorTarget> targets;
  float* at = model.values.data();
  for (const FloatTensor& tensor : model.tensors) {
    targets.push_back({tensor.name, std::span(at, tensor.values.size())});
    at += tensor.values.size();
  }
  return read_tensors(*file, targets);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: weights_bench FOLDER [runs]\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const int runs = argc > 2 ? std::atoi(argv[2]) : 5;
  Model model = base_roberta();
  const double megabytes = static_cast<double>(model.values.size() * sizeof(float)) / 1e6;
  const auto file = folder / "model.safetensors";
  time_it("write safetensors, synced", std::min(runs, 2), megabytes, [&] {
    return write_safetensors(file, model.tensors, {{"format", "pt"}});
  });
  const ModelConfig c = base_model();
  const unimo::Json config = {{"architectures", {"RobertaForMaskedLM"}},
                              {"model_type", "roberta"},
                              {"vocab_size", c.vocabulary},
                              {"hidden_size", c.hidden},
                              {"num_hidden_layers", c.layers},
                              {"num_attention_heads", c.heads},
                              {"intermediate_size", c.ffn},
                              {"max_position_embeddings", c.positions},
                              {"type_vocab_size", 1},
                              {"layer_norm_eps", 1e-5},
                              {"hidden_act", "gelu"},
                              {"pad_token_id", 1}};
  if (!unimo::write_json(folder / "config.json", config)) return 1;
  time_it("read safetensors", runs, megabytes, [&] { return load(open_safetensors(file), model); });
  const auto archive = folder / "pytorch_model.bin";
  if (std::filesystem::exists(archive)) {
    time_it("read torch archive", runs, megabytes,
            [&] { return load(open_torch_archive(archive), model); });
  }
  return 0;
}
