// Parameters of command: any program as a stage.
#pragma once

#include <string>

#include "orchestrator/base/fields.h"

namespace unimo::stages {

struct CommandParams {
  std::string command;
};
template <class V>
void visit(V& v, CommandParams& c) {
  v.field("command", c.command,
          "for /bin/sh, in an empty folder; it fills $UNIMO_OUT, reads $UNIMO_INPUT_NAME, and may "
          "append events to $UNIMO_EVENTS");
}

}  // namespace unimo::stages
