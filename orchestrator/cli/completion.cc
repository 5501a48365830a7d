#include "orchestrator/cli/completion.h"

#include <fmt/format.h>

namespace unimo {

namespace {

std::string names(const std::vector<CommandWords>& commands) {
  std::string text;
  for (const CommandWords& command : commands) text += (text.empty() ? "" : " ") + command.name;
  return text;
}

std::string bash_script(const std::vector<CommandWords>& commands) {
  std::string cases;
  for (const CommandWords& command : commands) {
    cases += fmt::format("    {}) words=\"{}\" subcommands=\"{}\" ;;\n", command.name,
                         fmt::join(command.options, " "), fmt::join(command.subcommands, " "));
  }
  return fmt::format(
      "_unimo() {{\n"
      "  local word=\"${{COMP_WORDS[COMP_CWORD]}}\" command=\"\" words=\"\" subcommands=\"\" i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \" {0} \" in *\" ${{COMP_WORDS[i]}} \"*) command=\"${{COMP_WORDS[i]}}\"; break ;; "
      "esac\n"
      "  done\n"
      "  case \"$command\" in\n    \"\") words=\"{0}\" ;;\n{1}  esac\n"
      "  if [[ \"$word\" == -* || -z \"$command\" ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  elif [[ -n \"$subcommands\" && \"${{COMP_WORDS[COMP_CWORD - 1]}}\" == \"$command\" ]]; "
      "then\n"
      "    COMPREPLY=($(compgen -W \"$subcommands\" -- \"$word\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "  fi\n"
      "}}\n"
      "complete -o filenames -F _unimo unimo\n",
      names(commands), cases);
}

// zsh reads bash's completion through bashcompinit.
std::string zsh_script(const std::vector<CommandWords>& commands) {
  return "autoload -U +X bashcompinit && bashcompinit\n" + bash_script(commands);
}

std::string fish_script(const std::vector<CommandWords>& commands) {
  std::string text;
  for (const CommandWords& command : commands) {
    text += fmt::format("complete -c unimo -n __fish_use_subcommand -a {} -d '{}'\n", command.name,
                        command.help);
    for (const std::string& subcommand : command.subcommands) {
      text += fmt::format("complete -c unimo -n '__fish_seen_subcommand_from {}' -a {}\n",
                          command.name, subcommand);
    }
    for (const std::string& option : command.options) {
      const bool is_long = option.starts_with("--");
      text += fmt::format("complete -c unimo -n '__fish_seen_subcommand_from {}' {} {}\n",
                          command.name, is_long ? "-l" : "-s", option.substr(is_long ? 2 : 1));
    }
  }
  return text;
}

}  // namespace

Result<std::string> completion_script(const std::string& shell,
                                      const std::vector<CommandWords>& commands) {
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  return fail(ErrorCode::kInvalid, "no completion for \"{}\"; there is bash, zsh and fish", shell);
}

}  // namespace unimo
