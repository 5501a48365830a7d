#include "trainer/weights/weight_source.h"

#include <set>
#include <system_error>
#include <utility>

#include "orchestrator/base/json.h"
#include "trainer/weights/caffe_model.h"
#include "trainer/weights/detector_map.h"
#include "trainer/weights/paddle_folder.h"
#include "trainer/weights/roberta.h"
#include "trainer/weights/safetensors.h"
#include "trainer/weights/torch_archive.h"
#include "trainer/weights/unimo_sizes.h"

namespace unimo::trainer {

namespace fs = std::filesystem;

namespace {

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_torch_name(const fs::path& path) {
  const fs::path ending = path.extension();
  return ending == ".bin" || ending == ".pt" || ending == ".pth";
}

Status add_part(const fs::path& path, WeightFile& file) {
  if (is_torch_name(path)) return add_torch_archive(path, file);
  UNIMO_TRY(add_safetensors(path, file));
  return ok();
}

// An index names the part that each tensor is in.
Result<WeightFile> open_parts(const fs::path& index) {
  const Json document = UNIMO_TRY(read_json(index));
  const Json map = document.is_object() ? document.value("weight_map", Json()) : Json();
  const auto refuse = [&](const std::string& what) {
    return fail(ErrorCode::kInvalid, "{}: {}", index.string(), what);
  };
  if (!map.is_object() || map.empty()) return refuse("there is no weight_map");
  std::set<std::string> parts;
  for (const auto& [name, part] : map.items()) {
    const auto text = part.is_string() ? part.get<std::string>() : "";
    if (text.empty() || text.find('/') != std::string::npos)
      return refuse(fmt::format("tensor {}: {} is not the name of a file", name, part.dump()));
    parts.insert(text);
  }
  WeightFile file(index, "parts with an index");
  for (const std::string& part : parts) UNIMO_TRY(add_part(index.parent_path() / part, file));
  for (const auto& [name, part] : map.items()) {
    const StoredTensor* tensor = file.find(name);
    if (tensor == nullptr || file.file(tensor->file).path().filename() != part.get<std::string>())
      return refuse(fmt::format("tensor {} is missing in {}", name, part.get<std::string>()));
  }
  for (const auto& [name, tensor] : file.tensors()) {
    if (!map.contains(name)) {
      return refuse(fmt::format("tensor {} of {} is not in the index", name,
                                file.file(tensor.file).path().filename().string()));
    }
  }
  return file;
}

Result<WeightFile> open_file(const fs::path& path) {
  if (path.filename().string().ends_with(".index.json")) return open_parts(path);
  if (is_torch_name(path)) return open_torch_archive(path);
  if (path.extension() == ".caffemodel") return open_caffe_model(path);
  if (path.filename() == "word_embedding") {
    return fail(ErrorCode::kInvalid, "{}: one parameter of a Paddle folder: give the folder",
                path.string());
  }
  return open_safetensors(path);
}

Result<WeightSource> open_folder(const fs::path& folder) {
  for (const char* name : {"model.safetensors.index.json", "model.safetensors",
                           "pytorch_model.bin.index.json", "pytorch_model.bin"}) {
    if (is_there(folder / name)) return WeightSource(UNIMO_TRY(open_file(folder / name)), folder);
  }
  for (const fs::path& in : {folder, folder / "params"}) {
    if (is_paddle_folder(in)) return WeightSource(UNIMO_TRY(open_paddle_folder(in)), folder);
  }
  return fail(ErrorCode::kNotFound,
              "{}: no weights here: neither model.safetensors nor pytorch_model.bin, nor their "
              "indices, nor Paddle's word_embedding or params/word_embedding",
              folder.string());
}

}  // namespace

WeightSource::WeightSource(WeightFile opened, fs::path in)
    : file(std::move(opened)), folder(std::move(in)) {
  if (is_roberta(file)) names = WeightNames::kRoberta;
  if (is_unimo(file)) names = WeightNames::kUnimo;
  if (detector_format(file)) names = WeightNames::kDetector;
  is_checkpoint = is_there(folder / "model.json");
  // Paddle's folder of parameters holds nothing else: its config.json stands beside params/.
  if (!is_paddle_folder(folder) && is_there(folder / "config.json"))
    config = folder / "config.json";
}

Result<WeightSource> open_weights(const fs::path& path) {
  if (!is_there(path))
    return fail(ErrorCode::kNotFound, "{}: there is no such file", path.string());
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return open_folder(path);
  return WeightSource(UNIMO_TRY(open_file(path)), path.parent_path());
}

}  // namespace unimo::trainer
