// Any bytes as files with weights; the first byte chooses: a torch archive of either form, the
// pickle of one (in an archive with right checksums, which would keep a fuzzer out), a parameter of
// a Paddle folder, a safetensors file. What is accepted is read twice, with the same values, and
// what can be written comes back.
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"
#include "tests/trainer/weights/torch_writer.h"
#include "trainer/weights/paddle_folder.h"
#include "trainer/weights/safetensors.h"
#include "trainer/weights/torch_archive.h"

namespace {

using namespace unimo::trainer;  // NOLINT: one small file
using Values = std::map<std::string, std::vector<float>>;

// Tensors of a floating type whose values are finite.
Values read(const WeightFile& file) {
  Values values;
  for (const auto& [name, tensor] : file.tensors()) {
    if (!is_floating(tensor.type)) continue;
    std::vector<float> out(static_cast<std::size_t>(tensor.count()));
    const bool good = file.read_floats(name, out).has_value();
    if (good != file.check_floats(name).has_value()) std::abort();
    if (good) values[name] = std::move(out);
  }
  return values;
}

void look(const unimo::Result<WeightFile>& file) {
  if (!file) return;
  const Values values = read(*file);
  if (read(*file) != values) std::abort();
  bad_tensors(*file);
}

std::string around(std::string_view pickle) {
  return zipped({{"m/data.pkl", std::string(pickle)},
                 {"m/data/0", float_bytes({1, 2, 3, 4, 5, 6})},
                 {"m/data/1", std::string(16, '\0')}});
}

void write_again(const WeightFile& file, const unimo::stages::FuzzFolder& folder) {
  const Values values = read(file);
  std::vector<FloatTensor> tensors;
  for (const auto& [name, of_one] : values)
    tensors.push_back({name, file.find(name)->shape, of_one});
  const auto path = folder.path() / "again";
  if (!unimo::remove_tree(path) || !unimo::make_directories(path)) std::abort();
  if (!write_paddle_folder(path, tensors)) std::abort();
  if (!tensors.empty() && read(open_paddle_folder(path).value()) != values) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using unimo::stages::FuzzFile;
  if (size == 0) return 0;
  const unsigned choice = unimo::stages::fuzz_choice(data, size, 4);
  const std::string_view bytes = unimo::stages::fuzz_text(data, size);
  if (choice == 1) {
    const std::string archive = around(bytes);
    const FuzzFile file(reinterpret_cast<const std::uint8_t*>(archive.data()), archive.size());
    look(open_torch_archive(file.path()));
  } else if (choice == 2) {
    static const unimo::stages::FuzzFolder folder;
    if (!unimo::make_directories(folder.path() / "params")) std::abort();
    folder.write("params/image_emb.w_0", bytes);
    const auto file = open_paddle_folder(folder.path() / "params");
    look(file);
    if (file) write_again(*file, folder);
  } else {
    const FuzzFile file(data, size);
    look(choice == 0 ? open_torch_archive(file.path()) : open_safetensors(file.path()));
  }
  return 0;
}
