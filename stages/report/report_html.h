// A report as one HTML page that needs nothing else: light or dark as the reader's system is, and
// readable on a phone, where each table scrolls sideways under its fixed first column.
#pragma once

#include <string>

#include "stages/report/report_model.h"

namespace unimo::stages {

std::string report_html(const Report& report);

}  // namespace unimo::stages
