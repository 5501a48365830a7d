// Parameters of report.
#pragma once

#include <string>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

struct ReportParams {
  std::string title = "Results";
  std::string notes;
};
template <class V>
void visit(V& v, ReportParams& c) {
  v.field("title", c.title, "heading of the report");
  v.field("notes", c.notes, "text under the heading; a blank line begins a paragraph");
}

}  // namespace unimo::stages
