// What `unimo weights show` prints, and its command line.
#include <algorithm>
#include <cstdio>
#include <string_view>

#include "stages/weights/show_weights.h"
#include "stages/weights/weights.h"

namespace unimo::stages {

namespace {

using trainer::WeightNames;

constexpr std::string_view kUsage =
    "usage: unimo weights show PATH [--json]\n"
    "  PATH    a folder with model.safetensors or pytorch_model.bin (whole or in parts), a Paddle\n"
    "          folder, a checkpoint of this project, or a file; also of a region detector\n"
    "          (detectron2, MILVLG, .caffemodel)\n"
    "  --json  print one JSON document\n";

constexpr int kExitUsage = 2, kExitDamaged = 4, kExitIo = 7;

std::string_view text_of(WeightNames names) {
  switch (names) {
    case WeightNames::kRoberta: return "RoBERTa";
    case WeightNames::kUnimo: return "UNIMO";
    case WeightNames::kDetector: return "region detector";
    case WeightNames::kUnknown: break;
  }
  return "not a model that this project knows";
}

std::string sizes_text(const trainer::ModelConfig& c) {
  return fmt::format("{} layers, hidden {}, {} heads, ffn {}, vocabulary {}, positions {}",
                     c.layers, c.hidden, c.heads, c.ffn, c.vocabulary, c.positions);
}

std::string_view kind_name(trainer::DetectorKind kind) {
  return kind == trainer::DetectorKind::kCaffe ? trainer::kCaffeName : trainer::kDetectron2Name;
}

std::string sizes_text(const trainer::DetectorSizes& c) {
  return fmt::format(
      "blocks {}-{}-{}-{}, feature {}, {} anchors, {} classes, {} attributes, {} layout",
      c.blocks[0], c.blocks[1], c.blocks[2], c.blocks[3], c.feature_size(), c.anchors, c.classes,
      c.attributes, kind_name(c.kind));
}

Json to_json(const trainer::DetectorSizes& c) {
  return {{"layout", kind_name(c.kind)}, {"blocks", c.blocks},   {"feature_size", c.feature_size()},
          {"anchors", c.anchors},        {"classes", c.classes}, {"attributes", c.attributes}};
}

std::string row(const ShownTensor& tensor, std::size_t widest_name, std::size_t widest_shape) {
  std::string line =
      fmt::format("  {:<{}}  {:<4}  {:<{}}  {:>11}  {}", tensor.name, widest_name, tensor.type,
                  trainer::shape_text(tensor.shape), widest_shape, tensor.bytes, tensor.parameter);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

struct CommandLine {
  std::string path;
  bool json = false;
};

Result<CommandLine> read_command_line(int argc, char** argv) {
  CommandLine command;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json") {
      command.json = true;
    } else if (argument.starts_with('-') || !command.path.empty()) {
      return fail(ErrorCode::kInvalid, "unknown argument {}", argument);
    } else {
      command.path = argument;
    }
  }
  if (command.path.empty()) return fail(ErrorCode::kInvalid, "PATH is missing");
  return command;
}

int exit_code_of(const Error& error) {
  if (error.code == ErrorCode::kIo) return kExitIo;
  return error.code == ErrorCode::kNotFound ? kExitUsage : kExitDamaged;
}

}  // namespace

std::string to_text(const ShownWeights& shown) {
  std::size_t widest_name = 0, widest_shape = 0;
  for (const ShownTensor& tensor : shown.tensors) {
    widest_name = std::max(widest_name, tensor.name.size());
    widest_shape = std::max(widest_shape, trainer::shape_text(tensor.shape).size());
  }
  std::string text;
  for (const ShownTensor& tensor : shown.tensors) text += row(tensor, widest_name, widest_shape);
  text +=
      fmt::format("{}: {}, {} tensors, {} values, {} bytes\n{}", shown.path.string(), shown.format,
                  shown.tensors.size(), shown.values(), shown.bytes(), text_of(shown.names));
  if (shown.sizes) text += ": " + sizes_text(*shown.sizes);
  if (shown.detector) {
    text += fmt::format(", names of {}: {}", shown.detector_format, sizes_text(*shown.detector));
  }
  text += "\n";
  for (const std::string& part : shown.new_parts)
    text += fmt::format("not there, random after import.weights: {}\n", part);
  for (const std::string& mistake : shown.mistakes) text += fmt::format("wrong: {}\n", mistake);
  return text;
}

Json to_json(const ShownWeights& shown) {
  Json document{{"path", shown.path.string()},
                {"format", shown.format},
                {"model", text_of(shown.names)},
                {"values", shown.values()},
                {"bytes", shown.bytes()},
                {"new_parts", shown.new_parts},
                {"mistakes", shown.mistakes},
                {"sizes", shown.sizes ? write_fields(*shown.sizes) : Json()},
                {"detector", shown.detector ? to_json(*shown.detector) : Json()},
                {"tensors", Json::array()}};
  for (const ShownTensor& tensor : shown.tensors) {
    document["tensors"].push_back({{"name", tensor.name},
                                   {"dtype", tensor.type},
                                   {"shape", tensor.shape},
                                   {"bytes", tensor.bytes},
                                   {"parameter", tensor.parameter}});
  }
  return document;
}

int run_weights_show(int argc, char** argv) {
  if (argc == 2 && (std::string_view(argv[1]) == "--help" || std::string_view(argv[1]) == "-h")) {
    std::fputs(kUsage.data(), stdout);
    return 0;
  }
  const auto command = read_command_line(argc, argv);
  if (!command) {
    fmt::print(stderr, "unimo weights show: {}\n{}", command.error().message, kUsage);
    return kExitUsage;
  }
  const auto shown = look_at_weights(command->path);
  if (!shown) {
    fmt::print(stderr, "unimo weights show: {}\n", shown.error().message);
    return exit_code_of(shown.error());
  }
  const std::string text = command->json ? to_json(*shown).dump(2) + "\n" : to_text(*shown);
  std::fputs(text.c_str(), stdout);
  return shown->mistakes.empty() ? 0 : kExitDamaged;
}

}  // namespace unimo::stages
