// A report as Markdown.
#pragma once

#include <string>

#include "stages/report/report_model.h"

namespace unimo::stages {

std::string report_markdown(const Report& report);

}  // namespace unimo::stages
