#include "stages/regions/detector_names.h"

#include "orchestrator/base/file.h"

namespace unimo::stages {

Result<std::vector<std::string>> read_detector_names(const std::filesystem::path& file,
                                                     int wanted) {
  const std::vector<std::string> lines = UNIMO_TRY(read_lines(file));
  if (lines.size() != static_cast<std::size_t>(wanted)) {
    return fail(ErrorCode::kInvalid,
                "{}: {} names, the detector has {}: give the vocabulary that it was trained with",
                file.string(), lines.size(), wanted);
  }
  std::vector<std::string> names;
  for (const std::string& line : lines) {
    names.push_back(line.substr(0, line.find(',')));
    if (names.back().empty())
      return fail(ErrorCode::kInvalid, "{}:{}: an empty name", file.string(), names.size());
  }
  return names;
}

}  // namespace unimo::stages
