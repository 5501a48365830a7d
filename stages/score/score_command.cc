#include "stages/score/score_command.h"

#include <algorithm>
#include <cstdio>

#include "orchestrator/base/json.h"
#include "stages/schema/score_files.h"
#include "stages/score/compare_files.h"
#include "stages/score/score_files.h"
#include "stages/score/scores_output.h"

namespace unimo::stages {

namespace {

constexpr int kExitUsage = 2, kExitIo = 7;

// "rules.tie_rule" as the option that sets it: "--tie-rule".
std::string option_of(std::string path) {
  path.erase(0, path.rfind('.') + 1);
  std::replace(path.begin(), path.end(), '_', '-');
  return "--" + path;
}

// The parameters of one argument; `unimo` writes them, so that mistakes are the user's values.
template <class Params>
Result<Params> read_params(int argc, char** argv) {
  if (argc != 2) return fail(ErrorCode::kInvalid, "takes one argument, parameters as JSON");
  const Json document = UNIMO_TRY(parse_json(argv[1], "parameters"));
  std::vector<FieldError> errors;
  Params params = read_fields<Params>(document, errors);
  std::string text;
  for (const FieldError& error : errors)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", option_of(error.path), error.message);
  if (!text.empty()) return fail(ErrorCode::kInvalid, "{}", text);
  return params;
}

int report(const char* command, const Error& error) {
  fmt::print(stderr, "{}: {}\n", command, error.message);
  return error.code == ErrorCode::kIo ? kExitIo : kExitUsage;
}

}  // namespace

int run_score_files(int argc, char** argv) {
  constexpr const char* kCommand = "unimo score";
  const auto params = read_params<ScoreFilesParams>(argc, argv);
  if (!params) return report(kCommand, params.error());
  const auto scored = score_files(*params);
  if (!scored) return report(kCommand, scored.error());
  if (!params->per_item.empty()) {
    if (const Status written = write_items(params->per_item, *scored); !written)
      return report(kCommand, written.error());
  }
  const std::string text = params->json ? scores_document(params->benchmark, *scored).dump(2) + "\n"
                                        : scores_text(params->benchmark, *scored);
  std::fputs(text.c_str(), stdout);
  return 0;
}

int run_compare_files(int argc, char** argv) {
  constexpr const char* kCommand = "unimo compare";
  const auto params = read_params<CompareFilesParams>(argc, argv);
  if (!params) return report(kCommand, params.error());
  const auto comparison = compare_files(*params);
  if (!comparison) return report(kCommand, comparison.error());
  const std::string text =
      params->score.json ? to_json(*comparison).dump(2) + "\n" : to_text(*comparison);
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace unimo::stages
