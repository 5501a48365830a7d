// How a check is told: a table for people, JSON for programs, and the command line.
#include <algorithm>
#include <cstdio>

#include "stages/data_check/data_check.h"

namespace unimo::stages {

namespace {

constexpr std::string_view kUsage =
    "usage: unimo data check ROOT [DATASET...] [--deep] [--json]\n"
    "  ROOT     folder of downloads, a recipe's data_root\n"
    "  DATASET  only these; what is missing of them is a failure\n"
    "  --deep   read everything: count large files, compare digests, decode pictures\n"
    "  --json   print one JSON document\n";

constexpr int kExitUsage = 2, kExitIo = 7;

struct Widths {
  std::size_t edition = 0, name = 0, detail = 0;
};

Widths widths_of(const DataCheck& check) {
  constexpr std::size_t kWidestDetail = 60;  // errors may be long; their line may be too
  Widths widths;
  for (const CheckedDataset& dataset : check.datasets) {
    for (const CheckedFile& file : dataset.files) {
      widths.edition = std::max(widths.edition, file.official->edition.size());
      widths.name = std::max(widths.name, file.official->name.size());
      widths.detail = std::max(widths.detail, std::min(file.detail.size(), kWidestDetail));
    }
  }
  return widths;
}

std::string row(const CheckedFile& file, const Widths& widths) {
  std::string line = fmt::format("  {:<{}}  {:<{}}  {:<7}  {:<{}}  {}", file.official->edition,
                                 widths.edition, file.official->name, widths.name,
                                 to_string(file.state), file.detail, widths.detail, file.path);
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string summary(const DataCheck& check) {
  std::int64_t complete = 0, incomplete = 0;
  for (const CheckedDataset& dataset : check.datasets) {
    if (dataset.complete()) ++complete;
    if (!dataset.complete() && dataset.is_here()) ++incomplete;
  }
  const auto all = static_cast<std::int64_t>(check.datasets.size());
  return fmt::format(
      "{} data sets: {} as wanted, {} in part, {} not there; files: {} whole, {} there, {} wrong, "
      "{} missing\n",
      all, complete, incomplete, all - complete - incomplete, check.count(FileState::kWhole),
      check.count(FileState::kThere), check.count(FileState::kWrong),
      check.count(FileState::kMissing));
}

struct CommandLine {
  std::string root;
  DataCheckOptions options;
  bool json = false;
};

Result<CommandLine> read_command_line(int argc, char** argv) {
  CommandLine command;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--deep") {
      command.options.deep = true;
    } else if (argument == "--json") {
      command.json = true;
    } else if (argument.starts_with('-')) {
      return fail(ErrorCode::kInvalid, "unknown argument {}", argument);
    } else if (command.root.empty()) {
      command.root = argument;
    } else {
      command.options.datasets.emplace_back(argument);
    }
  }
  if (command.root.empty()) return fail(ErrorCode::kInvalid, "ROOT is missing");
  return command;
}

}  // namespace

std::string to_text(const DataCheck& check) {
  const Widths widths = widths_of(check);
  std::string text, not_here;
  for (const CheckedDataset& dataset : check.datasets) {
    const auto head = fmt::format("{}  ({})  {}\n", dataset.official->name, dataset.official->kind,
                                  dataset.official->where);
    if (!dataset.is_here() && !dataset.asked_for) {
      not_here += "  " + head;
      continue;
    }
    text += head;
    for (const CheckedFile& file : dataset.files) text += row(file, widths);
    text += "\n";
  }
  if (!not_here.empty()) text += "nothing is there of\n" + not_here + "\n";
  for (const std::string& folder : check.unread) text += "cannot be read: " + folder + "\n";
  return text + summary(check);
}

Json to_json(const DataCheck& check) {
  Json document{{"root", check.root.string()}, {"unread", check.unread}};
  for (const FileState state : {FileState::kWhole, FileState::kThere, FileState::kWrong,
                                FileState::kMissing, FileState::kAbsent})
    document["files"][to_string(state)] = check.count(state);
  document["datasets"] = Json::array();
  for (const CheckedDataset& dataset : check.datasets) {
    Json files = Json::array();
    for (const CheckedFile& file : dataset.files) {
      files.push_back({{"name", file.official->name},
                       {"edition", file.official->edition},
                       {"wanted", file.official->wanted},
                       {"state", to_string(file.state)},
                       {"path", file.path},
                       {"detail", file.detail},
                       {"official", file.official->items},
                       {"unit", file.official->unit}});
    }
    document["datasets"].push_back({{"name", dataset.official->name},
                                    {"kind", dataset.official->kind},
                                    {"where", dataset.official->where},
                                    {"complete", dataset.complete()},
                                    {"files", std::move(files)}});
  }
  return document;
}

int run_data_check(int argc, char** argv) {
  if (argc == 2 && (std::string_view(argv[1]) == "--help" || std::string_view(argv[1]) == "-h")) {
    std::fputs(kUsage.data(), stdout);
    return 0;
  }
  const auto command = read_command_line(argc, argv);
  if (!command) {
    fmt::print(stderr, "unimo data check: {}\n{}", command.error().message, kUsage);
    return kExitUsage;
  }
  const auto check = check_data(command->root, command->options);
  if (!check) {
    fmt::print(stderr, "unimo data check: {}\n", check.error().message);
    return check.error().code == ErrorCode::kIo ? kExitIo : kExitUsage;
  }
  const std::string text = command->json ? to_json(*check).dump(2) + "\n" : to_text(*check);
  std::fputs(text.c_str(), stdout);
  return exit_code_of(*check);
}

}  // namespace unimo::stages
