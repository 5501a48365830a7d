// Shell completion, made from the options that exist.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo {

// What a shell has to know about one command.
struct CommandWords {
  std::string name;
  std::string help;
  std::vector<std::string> options;      // "--json", "-f"
  std::vector<std::string> subcommands;  // one of them stands behind the name; often none
};

// The script for "bash", "zsh" or "fish"; source it from the shell's start-up file.
Result<std::string> completion_script(const std::string& shell,
                                      const std::vector<CommandWords>& commands);

}  // namespace unimo
