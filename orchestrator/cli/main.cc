// The program `unimo`: reads the command line and calls one command. Nothing else happens here.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>

#include "orchestrator/base/log.h"
#include "orchestrator/base/process.h"
#include "orchestrator/cli/care_commands.h"
#include "orchestrator/cli/completion.h"
#include "orchestrator/cli/exit_codes.h"
#include "orchestrator/cli/look_commands.h"
#include "orchestrator/cli/run_commands.h"
#include "orchestrator/cli/schema_commands.h"
#include "stages/schema/score_files.h"

namespace unimo {
namespace {

struct Options {
  std::string root = ".unimo";
  bool json = false, quiet = false, verbose = false, no_color = false;
  ExperimentChoice experiment;
  RunFlags run;
  ListOptions list;
  CompareOptions compare;
  LogOptions logs;
  LineageOptions lineage;
  GcOptions gc;
  stages::ScoreFilesParams score;
  stages::CompareFilesParams compare_files;
  std::string reference = "@latest", task, shell, kind, data_root, weights;
  std::vector<std::string> datasets;
  std::vector<std::string> digests;
  bool exit_code = false, key = false, background = false, deep = false;
  double stop_timeout_s = 60;
};

using Action = std::function<Result<int>(const ConsoleOptions&)>;

// Becomes a sister program; only returns when it cannot be started.
Result<int> become(const std::string& program, std::vector<std::string> arguments) {
  const std::filesystem::path path = program_directory() / program;
  arguments.insert(arguments.begin(), path.string());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv(path.c_str(), argv.data());
  print_note(fmt::format("{} cannot be started; build it, `unimo doctor` says what is missing\n",
                         path.string()));
  return exit_code::kEnvironment;
}

std::string joined(int argc, char** argv) {
  std::string text;
  for (int i = 0; i < argc; ++i) text += (i == 0 ? "" : " ") + std::string(argv[i]);
  return text;
}

class CommandLine {
 public:
  CommandLine(int argc, char** argv) : argc_(argc), argv_(argv) {
    if (const char* root = std::getenv("UNIMO_ROOT")) options_.root = root;
    options_.run.command_line = joined(argc, argv);
    app_.fallthrough();
    app_.require_subcommand(1);
    app_.add_option("--root", options_.root, "folder of the store [UNIMO_ROOT, .unimo]")
        ->type_name("DIR");
    app_.add_flag("--json", options_.json, "print one JSON document");
    app_.add_flag("-q,--quiet", options_.quiet, "print results and failures only");
    app_.add_flag("-v,--verbose", options_.verbose, "print what is decided and why");
    app_.add_flag("--no-color", options_.no_color, "no colours [NO_COLOR]");
    app_.footer(
        "A newcomer's first command:  unimo run experiments/demo.yaml\nExit codes: unimo "
        "help-exit-codes");
    add_run_commands();
    add_look_commands();
    add_care_commands();
    add_data_commands();
    add_weights_commands();
    add_score_command();
    add_other_programs();
  }

  int run() {
    try {
      app_.parse(argc_, argv_);
    } catch (const CLI::CallForHelp& help) {
      return app_.exit(help);
    } catch (const CLI::CallForAllHelp& help) {
      return app_.exit(help);
    } catch (const CLI::ParseError& error) {
      app_.exit(error, std::cout, std::cerr);
      return exit_code::kUsage;
    }
    if (options_.verbose) set_log_level(LogLevel::kDebug);
    if (options_.quiet) set_log_level(LogLevel::kWarning);
    const ConsoleOptions console{options_.json, options_.quiet,
                                 decide_color(options_.no_color) && !options_.json};
    const auto code = action_(console);
    if (code) return *code;
    print_note(code.error().message + "\n");
    return exit_code::of(code.error().code);
  }

 private:
  CLI::App* command(const std::string& name, const std::string& help, const std::string& examples,
                    Action action) {
    return command(app_, name, help, examples, std::move(action));
  }

  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& help,
                    const std::string& examples, Action action) {
    CLI::App* sub = parent.add_subcommand(name, help);
    sub->fallthrough();
    if (!examples.empty()) sub->footer("Examples:\n" + examples);
    sub->callback([this, action = std::move(action)] { action_ = action; });
    return sub;
  }

  void add_experiment(CLI::App* sub) {
    sub->add_option("experiment", options_.experiment.file, "experiment file (YAML)")
        ->required()
        ->type_name("FILE");
    sub->add_option("-S,--set", options_.experiment.set,
                    "replace a value: stage.path=value or variable=value")
        ->type_name("PATH=VALUE")
        ->expected(1)
        ->take_all();
  }

  void add_run_commands() {
    CLI::App* sub =
        command("run", "run an experiment; takes finished results, goes on after any interruption",
                "  unimo run experiments/demo.yaml\n"
                "  unimo run experiments/flickr8k.yaml --set data_root=/data/flickr8k\n"
                "  unimo run experiments/demo.yaml --set finetune_retrieval.train.lr=1e-4\n"
                "  unimo run experiments/demo.yaml --stage pack -j 1",
                [this](const ConsoleOptions& console) {
                  return unimo::run(options_.root, options_.experiment, options_.run, console);
                });
    add_experiment(sub);
    add_run_flags(sub);
    sub->add_flag("-k,--keep-going", options_.run.keep_going,
                  "after a failure, run what does not depend on it");
    sub->add_option("-f,--force", options_.run.force, "stages whose results are made again")
        ->type_name("STAGE");
    sub->add_option("--wait", options_.run.wait_s, "seconds to wait for another engine")
        ->type_name("SECONDS");

    sub = command(
        "plan", "say what would run and why, without running it",
        "  unimo plan experiments/demo.yaml\n  unimo plan experiments/demo.yaml --exit-code",
        [this](const ConsoleOptions& console) {
          return plan(options_.root, options_.experiment, options_.run, console);
        });
    add_experiment(sub);
    add_run_flags(sub);
    sub->add_flag("--exit-code", options_.run.exit_code, "exit with 3 when something would run");

    sub = command("explain", "say why a task would run, or where its result comes from",
                  "  unimo explain experiments/demo.yaml pretrain\n"
                  "  unimo explain experiments/demo.yaml pretrain --key",
                  [this](const ConsoleOptions& console) {
                    return explain(options_.root, options_.experiment, options_.task, options_.key,
                                   console);
                  });
    add_experiment(sub);
    sub->add_option("task", options_.task, "task or stage")->required();
    sub->add_flag("--key", options_.key, "print every part of the cache key");
  }

  void add_run_flags(CLI::App* sub) {
    sub->add_option("--stage", options_.run.stages, "only these stages and what they need")
        ->type_name("STAGE");
    sub->add_option("-j,--jobs", options_.run.jobs, "most tasks at a time [as many as fit]")
        ->type_name("N");
    sub->add_option("--cores", options_.run.cores, "processor cores to use [all]")->type_name("N");
  }

  void add_look_commands() {
    CLI::App* sub =
        command("status", "what is running now", "  unimo status\n  unimo status --json",
                [this](const ConsoleOptions& console) {
                  return status(options_.root, options_.exit_code, console);
                });
    sub->add_flag("--exit-code", options_.exit_code,
                  "exit with 3 when the latest run is unfinished");

    sub = command("list", "runs, newest first", "  unimo list --experiment demo --limit 5",
                  [this](const ConsoleOptions& console) {
                    return list_runs(options_.root, options_.list, console);
                  });
    sub->add_option("--experiment", options_.list.experiment, "only this experiment");
    sub->add_option("--state", options_.list.state,
                    "only this state (running, succeeded, failed, interrupted)");
    sub->add_option("--limit", options_.list.limit, "at most so many");

    sub = command("show", "a run, one of its tasks, or an artifact",
                  "  unimo show @latest\n  unimo show @latest pretrain\n  unimo show 5f0c1a",
                  [this](const ConsoleOptions& console) {
                    return show(options_.root, options_.reference, options_.task, console);
                  });
    sub->add_option("run", options_.reference,
                    "run id or its beginning, @latest, @{-1}; or an artifact's digest");
    sub->add_option("task", options_.task, "task or stage of the run");

    sub = command("logs", "what a task printed", "  unimo logs\n  unimo logs -f @latest pretrain",
                  [this](const ConsoleOptions&) { return logs(options_.root, options_.logs); });
    sub->add_option("run", options_.logs.run, "run [@latest]");
    sub->add_option("task", options_.logs.task,
                    "task [what failed, else what runs, else the last]");
    sub->add_flag("-f,--follow", options_.logs.follow, "go on while the task runs");
    sub->add_option("--attempt", options_.logs.attempt, "which attempt [the last]");

    add_compare_command();

    sub = command(
        "lineage", "from a task, a metric or an artifact back to raw files and a commit",
        "  unimo lineage @latest score_retrieval text_to_image_r1\n  unimo lineage 5f0c1a --dot",
        [this](const ConsoleOptions& console) {
          return lineage(options_.root, options_.lineage, console);
        });
    sub->add_option("node", options_.lineage.node, "run, or an artifact's digest")->required();
    sub->add_option("task", options_.lineage.task, "task or stage of the run");
    sub->add_option("metric", options_.lineage.metric, "metric of the task");
    sub->add_flag("--dot", options_.lineage.dot, "print a Graphviz graph");

    sub = command("report", "the report of a run", "  unimo report",
                  [this](const ConsoleOptions& console) {
                    return print_report(options_.root, options_.reference, console);
                  });
    sub->add_option("run", options_.reference, "run [@latest]");

    sub = command(
        "stages", "the stage kinds and their parameters", "  unimo stages\n  unimo stages pretrain",
        [this](const ConsoleOptions& console) { return describe_stages(options_.kind, console); });
    sub->add_option("kind", options_.kind, "one kind");
  }

  void add_compare_command() {
    CLI::App* sub =
        command("compare",
                "what differs between two runs: parameters, metrics, artifacts, code; or, with "
                "--significance, whether two systems' predictions differ by more than chance",
                "  unimo compare @{-1} @latest\n"
                "  unimo compare a.json b.json --significance vqa --references annotations.json",
                [this](const ConsoleOptions& console) { return compare_runs_or_files(console); });
    sub->add_option("first", options_.compare.first, "run, or file of predictions")->required();
    sub->add_option("second", options_.compare.second, "run, or file of predictions")->required();
    sub->add_flag("--exit-code", options_.compare.exit_code,
                  "exit with 3 when parameters or results differ");
    sub->add_option("--significance", options_.score.benchmark,
                    "the benchmark of two files of predictions")
        ->type_name("BENCHMARK");
    sub->add_option("--resamples", options_.compare_files.resamples, "draws of each test [10000]")
        ->type_name("N");
    sub->add_option("--seed", options_.compare_files.seed, "of the draws [1]")->type_name("N");
    add_scoring_options(sub);
  }

  Result<int> compare_runs_or_files(const ConsoleOptions& console) {
    if (options_.score.benchmark.empty()) return compare(options_.root, options_.compare, console);
    stages::CompareFilesParams& params = options_.compare_files;
    params.score = options_.score;
    params.score.predictions = options_.compare.first;
    params.score.json = console.json;
    params.other_predictions = options_.compare.second;
    return become("unimo-stage", {"compare-files", canonical_text(write_fields(params))});
  }

  // Scoring is the work of unimo-stage.
  void add_score_command() {
    CLI::App* sub = command(
        "score", "a file of predictions against a benchmark's official file",
        "  unimo score coqa --predictions answers.json --references coqa-dev-v1.0.json\n"
        "  unimo score cnndm --predictions p.txt --references test.summary --resources /data\n"
        "  unimo score squad_qg --predictions p.txt --references tgt-test.txt --sources "
        "src-test.txt\nBenchmarks, files, variants and signatures: docs/scorers.md",
        [this](const ConsoleOptions& console) {
          options_.score.json = console.json;
          return become("unimo-stage",
                        {"score-files", canonical_text(write_fields(options_.score))});
        });
    sub->add_option("benchmark", options_.score.benchmark,
                    "coqa, squad_qg, cnndm, gigaword, sst2, mnli, ax, cola, stsb, coco_caption, "
                    "vqa, snli_ve, flickr30k or detection")
        ->required()
        ->type_name("BENCHMARK");
    sub->add_option("--predictions", options_.score.predictions, "what a system predicted")
        ->required()
        ->type_name("FILE");
    sub->add_option("--per-item", options_.score.per_item,
                    "write each item's own values, as JSON Lines")
        ->type_name("FILE");
    sub->add_option("--write-frequencies", options_.score.write_frequencies,
                    "captions: write the references' document frequencies, for --frequencies")
        ->type_name("FILE");
    add_scoring_options(sub);
  }

  // How two files are scored; `score` and `compare --significance` share it.
  void add_scoring_options(CLI::App* sub) {
    stages::ScoreFilesParams& score = options_.score;
    const auto text = [&](const char* name, std::string& value, const char* type,
                          const char* description) {
      return sub->add_option(name, value, description)->type_name(type);
    };
    text("--references", score.references, "FILE", "the benchmark's official file");
    text("--variant", score.rules.variant, "NAME",
         "what is done to generated texts before [what UNIMO reports]");
    text("--split", score.split, "NAME", "of reference files that hold several splits");
    text("--sources", score.sources, "FILE", "squad_qg: the source lines");
    text("--ids", score.ids, "FILE", "coqa: id and turn of each line of predictions");
    text("--sentences", score.rules.sentences, "marks|stops", "cnndm: where sentences end [marks]");
    text("--digits", score.rules.digits, "NAMES", "mnli, snli_ve: the classes of 0, 1 and 2");
    text("--tie-rule", score.rules.tie_rule, "RULE",
         "flickr30k: pessimistic, index_order or optimistic [pessimistic]");
    text("--frequencies", score.frequencies, "FILE", "captions: document frequencies for CIDEr-D");
    text("--resources", score.resources, "DIR",
         "word lists: rouge155, meteor, wordnet [UNIMO_RESOURCES]")
        ->envname("UNIMO_RESOURCES");
    text("--paraphrases", score.paraphrases, "FILE", "METEOR's paraphrase table");
    sub->add_option("--threads", score.threads, "0: all cores; scores do not depend on it [0]")
        ->type_name("N");
    sub->add_flag("--only-predicted", score.only_predicted,
                  "captions: score the images of the predictions alone");
    sub->add_flag("--human", score.human, "coqa: also each person against the others");
  }

  void add_care_commands() {
    CLI::App* sub = command("stop", "ask the running engine to save its state and stop",
                            "  unimo stop", [this](const ConsoleOptions& console) {
                              return stop(options_.root, options_.stop_timeout_s, console);
                            });
    sub->add_option("--timeout", options_.stop_timeout_s, "seconds to wait for it");

    sub = command("verify", "re-hash stored artifacts", "  unimo verify\n  unimo verify 5f0c1a",
                  [this](const ConsoleOptions& console) {
                    return verify(options_.root, options_.digests, console);
                  });
    sub->add_option("artifact", options_.digests, "digests or their beginnings [all]");

    sub = command(
        "gc", "remove artifacts that no kept run needs; says what it would do unless --delete",
        "  unimo gc\n  unimo gc --keep-last 2 --delete", [this](const ConsoleOptions& console) {
          return collect_garbage(options_.root, options_.gc, console);
        });
    sub->add_option("--keep-last", options_.gc.keep_last,
                    "newest runs of each experiment that stay")
        ->check(CLI::NonNegativeNumber);
    sub->add_flag("--delete", options_.gc.remove, "do it");

    command("doctor", "check programs, store, disk and processor", "  unimo doctor",
            [this](const ConsoleOptions& console) { return doctor(options_.root, console); });
    command("version", "versions of this program and its libraries", "",
            [](const ConsoleOptions& console) { return version(console); });
    sub =
        command("completion", "completion script for a shell", "  source <(unimo completion bash)",
                [this](const ConsoleOptions&) -> Result<int> {
                  print_out(UNIMO_TRY(completion_script(options_.shell, command_words())));
                  return exit_code::kSuccess;
                });
    sub->add_option("shell", options_.shell, "bash, zsh or fish")->required();
    command("help-exit-codes", "what the exit codes mean", "",
            [](const ConsoleOptions&) -> Result<int> {
              print_out(exit_code::kTable);
              return exit_code::kSuccess;
            });
  }

  // Looking into files of downloads is the work of unimo-stage.
  void add_data_commands() {
    CLI::App* data = app_.add_subcommand("data", "folders of downloads: unimo data check ROOT");
    data->fallthrough()->require_subcommand(1);
    data->footer("Examples:\n  unimo data check /data\n  unimo data check --help");
    CLI::App* sub = command(
        *data, "check", "which official files are there, whole, wrong or missing",
        "  unimo data check /data\n  unimo data check /data coco vqa\n"
        "  unimo data check /data flickr30k --deep --json\n"
        "Where each file is to be had: docs/data.md",
        [this](const ConsoleOptions& console) {
          std::vector<std::string> arguments{"data-check", options_.data_root};
          arguments.insert(arguments.end(), options_.datasets.begin(), options_.datasets.end());
          if (options_.deep) arguments.push_back("--deep");
          if (console.json) arguments.push_back("--json");
          return become("unimo-stage", std::move(arguments));
        });
    sub->add_option("folder", options_.data_root, "folder of downloads, a recipe's data_root")
        ->required()
        ->type_name("ROOT");
    sub->add_option("datasets", options_.datasets,
                    "only these data sets; what is missing of them is a failure [all]")
        ->type_name("DATASET");
    sub->add_flag("--deep", options_.deep,
                  "read everything: count large files, compare digests, decode pictures");
  }

  void add_weights_commands() {
    CLI::App* weights =
        app_.add_subcommand("weights", "weights of models: unimo weights show PATH");
    weights->fallthrough()->require_subcommand(1);
    weights->footer("Examples:\n  unimo weights show roberta-base/\n  unimo weights show --help");
    CLI::App* sub = command(
        *weights, "show", "names, shapes and types; what is recognised, what is wrong",
        "  unimo weights show roberta-base/\n  unimo weights show pytorch_model.bin --json\n"
        "What can be read, and how it becomes a model: docs/weights.md",
        [this](const ConsoleOptions& console) {
          std::vector<std::string> arguments{"weights-show", options_.weights};
          if (console.json) arguments.push_back("--json");
          return become("unimo-stage", std::move(arguments));
        });
    sub->add_option("path", options_.weights, "a file or folder with weights")
        ->required()
        ->type_name("PATH");
  }

  // Their options are their own: everything behind the name is handed on as it is.
  void add_other_programs() {
    CLI::App* sub =
        command("web", "dashboard of the store: all options of unimo-web",
                "  unimo web\n  unimo web --port 8081\n  unimo web --background --idle-exit 900",
                [this](const ConsoleOptions&) {
                  std::vector<std::string> arguments{"--root", options_.root};
                  const auto rest = app_.get_subcommand("web")->remaining();
                  arguments.insert(arguments.end(), rest.begin(), rest.end());
                  if (options_.background)
                    return start_dashboard(options_.root, std::move(arguments));
                  return become("unimo-web", std::move(arguments));
                });
    sub->allow_extras()->fallthrough(false);
    sub->add_option("--root", options_.root, "folder of the store [UNIMO_ROOT, .unimo]")
        ->type_name("DIR");
    sub->add_flag("--background", options_.background, "print its address and leave it running");
    sub =
        command("tokenize", "lines of text to RoBERTa ids: all options of unimo-stage tokenize",
                "  echo 'Hello world' | unimo tokenize --bpe bpe/\n  unimo tokenize --bpe bpe/ "
                "--decode ids.jsonl",
                [](const ConsoleOptions&) -> Result<int> {
                  return fail(ErrorCode::kFailed, "tokenize is handed on before options are read");
                });
    sub->allow_extras();
  }

  static void add_options(const CLI::App& command, CommandWords& entry) {
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        if (name != "help") entry.options.push_back("--" + name);
      }
    }
  }

  std::vector<CommandWords> command_words() {
    std::vector<CommandWords> words;
    for (CLI::App* sub : app_.get_subcommands([](CLI::App*) { return true; })) {
      CommandWords entry{
          sub->get_name(), sub->get_description(), {"--root", "--json", "--quiet", "--help"}, {}};
      add_options(*sub, entry);
      for (CLI::App* inner : sub->get_subcommands([](CLI::App*) { return true; })) {
        entry.subcommands.push_back(inner->get_name());
        add_options(*inner, entry);
      }
      words.push_back(std::move(entry));
    }
    return words;
  }

  int argc_;
  char** argv_;
  CLI::App app_{
      "unimo: run experiments, record what came out, and say where every number comes from",
      "unimo"};
  Options options_;
  Action action_;
};

}  // namespace
}  // namespace unimo

int main(int argc, char** argv) {
  // A filter for people: its options belong to unimo-stage alone, `--json` and `--help` among them.
  if (argc > 1 && std::string_view(argv[1]) == "tokenize") {
    const auto code = unimo::become("unimo-stage", std::vector<std::string>(argv + 1, argv + argc));
    return code ? *code : unimo::exit_code::kInternal;
  }
  try {
    return unimo::CommandLine(argc, argv).run();
  } catch (const std::exception& error) {
    unimo::print_note(fmt::format("unimo: a fault of this program: {}\n", error.what()));
    return unimo::exit_code::kInternal;
  }
}
