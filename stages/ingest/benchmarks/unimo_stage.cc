#include <array>
#include <fstream>
#include <map>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/benchmarks/example_sink.h"
#include "stages/ingest/benchmarks/unimo_tasks.h"
#include "stages/ingest/stream/line_reader.h"
#include "trainer/text/byte_bpe.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kTick = 4096;

// The tokenizer of the input bpe, which generation tasks need, and what it makes.
struct Tokenizer {
  std::unique_ptr<trainer::ByteBpe> bpe;
  std::unique_ptr<UnimoCell> cells;

  static Result<Tokenizer> load(const StageContext& context, const std::string& task) {
    Tokenizer tokenizer;
    if (!UnimoTask::is_generation(task)) return tokenizer;
    const fs::path folder = UNIMO_TRY(context.input("bpe"));
    tokenizer.bpe = UNIMO_TRY(trainer::ByteBpe::load(folder));
    tokenizer.cells = std::make_unique<UnimoCell>(*tokenizer.bpe);
    return tokenizer;
  }
};

// The official ids of a file's rows, where there is a list of them.
class RowIds {
 public:
  static Result<RowIds> open(const fs::path* path) {
    RowIds ids;
    if (path == nullptr) return ids;
    ids.path_ = *path;
    LineReader lines = UNIMO_TRY(LineReader::open(*path, {}));
    ids.lines_ = std::make_unique<LineReader>(std::move(lines));
    LineReader::Line header;
    const bool any = UNIMO_TRY(ids.lines_->next(header));
    if (!any || header.text != "id") {
      return fail(ErrorCode::kInvalid, "{}:1: must be a list of ids below the word id",
                  path->string());
    }
    return ids;
  }

  // The next one; `otherwise` where there is no list.
  Result<std::string> next(std::string otherwise) {
    if (!lines_) return otherwise;
    LineReader::Line line;
    const bool more = UNIMO_TRY(lines_->next(line));
    if (more) return std::string(line.text);
    return fail(ErrorCode::kInvalid, "{}: has fewer ids than its file has rows", path_.string());
  }

  Status end() {
    if (!lines_) return ok();
    LineReader::Line line;
    const bool more = UNIMO_TRY(lines_->next(line));
    if (!more) return ok();
    return fail(ErrorCode::kInvalid, "{}:{}: has more ids than its file has rows", path_.string(),
                line.number);
  }

 private:
  fs::path path_;
  std::unique_ptr<LineReader> lines_;
};

Status read_file_of(const BenchmarkFile& file, const UnimoIngest& params, const UnimoTask& task,
                    RowIds ids, std::int64_t& number, ExampleSink& sink) {
  TsvReader::Options options;
  options.header_names = task.columns();
  auto rows = UNIMO_TRY(TsvReader::open(file.path, options));
  const bool labels = file.input.split != "test" || params.test_labels;
  for (const std::string& column : task.columns()) {
    if (column != "qid") UNIMO_TRY(rows.require({column}));
  }
  for (TsvRow row; UNIMO_TRY(rows.next(row));) {
    const std::string id = UNIMO_TRY(ids.next(fmt::format("{}#{}", file.input.input, number++)));
    if (!row.reason.empty()) {
      UNIMO_TRY(sink.refuse(row.place, id, row.reason, row.detail));
      continue;
    }
    auto example = task.parse(row, labels);
    if (!example) {
      UNIMO_TRY(sink.refuse(row.place, id, "bad_row", example.error().message));
      continue;
    }
    example->id = id;
    example->split = file.input.split;
    if (!file.input.set.empty()) example->extra["set"] = file.input.set;
    UNIMO_TRY(sink.add(row.place, *example));
  }
  if (rows.empty_lines() > 0) sink.note("lines.empty", rows.empty_lines());
  return ids.end();
}

// A file of the export, and the list of ids beside it.
struct ExportFile {
  std::ofstream rows, ids;
  std::int64_t count = 0;
};

class Exporter {
 public:
  Exporter(StageContext& context, const UnimoExport& params, UnimoTask task)
      : context_(context), params_(params), task_(std::move(task)) {}

  Status add(const ExampleRecord& example) {
    if (++seen_ % kTick == 0) {
      if (StageContext::stop_requested())
        return fail(ErrorCode::kCancelled, "stopped while writing examples");
      context_.events().progress(seen_, seen_, "examples");
    }
    if (example.id.find_first_of("\n\r") != std::string::npos)
      return fail(ErrorCode::kInvalid, "the id {} has a line feed", Json(example.id).dump());
    const std::string name = file_name(example);
    if (name.empty())
      return fail(ErrorCode::kInvalid, "example {}: split {}", example.id, example.split);
    UNIMO_TRY(write(name, example));
    // The part of the dev set that UNIMO's scripts evaluate; which part is not published.
    if (name != "dev.tsv" || short_dev_ == 0 || files_[name].count > short_dev_) return ok();
    return write(params_.task == "cnndm" ? "dev.2k.tsv" : "dev.20k.tsv", example);
  }

  Status finish() {
    for (auto& [name, file] : files_) {
      file.rows.close();
      file.ids.close();
      if (!file.rows || !file.ids)
        return fail(ErrorCode::kIo, "{}: cannot write; is the disk full?", name);
      context_.events().count("examples." + name, file.count);
    }
    if (blanked_ > 0) context_.events().count("texts.blanked", blanked_);
    if (files_.empty()) return fail(ErrorCode::kInvalid, "the records hold no examples");
    return write_json(context_.output() / "unimo.json",
                      {{"format", "unimo.released"}, {"version", 1}, {"task", params_.task}});
  }

 private:
  // Where UNIMO's scripts look; empty: a split that they do not have.
  std::string file_name(const ExampleRecord& example) const {
    const auto found = example.extra.find("set");
    const std::string set =
        found != example.extra.end() && found->is_string() ? found->get<std::string>() : "";
    const bool mnli = params_.task == "mnli";
    if (example.split == "train") return "train.tsv";
    if (mnli && set == "diagnostic") return "diagnostic.tsv";
    const std::string folder = !mnli ? "" : set == "mismatched" ? "mm/" : "m/";
    if (example.split == "val") return folder + "dev.tsv";
    return example.split == "test" ? folder + "test.tsv" : "";
  }

  Status write(const std::string& name, const ExampleRecord& example) {
    ExportFile& file = files_[name];
    if (!file.rows.is_open()) {
      const fs::path path = context_.output() / name;
      UNIMO_TRY(make_directories(path.parent_path()));
      file.rows.open(path, std::ios::binary);
      file.ids.open(fs::path(path).replace_extension(".ids.tsv"), std::ios::binary);
      file.ids << "id\n";
      for (std::size_t i = 0; i < task_.columns().size(); ++i)
        file.rows << (i > 0 ? "\t" : "") << task_.columns()[i];
      file.rows << '\n';
    }
    const std::string row = UNIMO_TRY(task_.format(example, file.count, blanked_));
    file.rows << row << '\n';
    file.ids << example.id << '\n';
    ++file.count;
    if (file.rows && file.ids) return ok();
    return fail(ErrorCode::kIo, "{}: cannot write; is the disk full?", name);
  }

  StageContext& context_;
  const UnimoExport& params_;
  UnimoTask task_;
  const std::int64_t short_dev_ = params_.task == "cnndm"      ? 2000
                                  : params_.task == "gigaword" ? 20000
                                                               : 0;
  std::map<std::string, ExportFile> files_;
  std::int64_t seen_ = 0, blanked_ = 0;
};

}  // namespace

Status run_ingest_unimo(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<UnimoIngest>());
  const std::array<SplitInput, 8> inputs{{{"train", "train", "", 0},
                                          {"dev", "val", "", 0},
                                          {"test", "test", "", 0},
                                          {"dev_matched", "val", "matched", 0},
                                          {"dev_mismatched", "val", "mismatched", 0},
                                          {"test_matched", "test", "matched", 0},
                                          {"test_mismatched", "test", "mismatched", 0},
                                          {"diagnostic", "test", "diagnostic", 0}}};
  const auto files = UNIMO_TRY(benchmark_files(context, inputs, false));
  if (files.empty()) return fail(ErrorCode::kInvalid, "no input; give train, dev or test");
  const auto ids = context.inputs("ids");
  if (!ids.empty() && ids.size() != files.size()) {
    return fail(ErrorCode::kInvalid, "{} lists of ids for {} files; give one for each, in order",
                ids.size(), files.size());
  }
  const Tokenizer tokenizer = UNIMO_TRY(Tokenizer::load(context, params.task));
  const UnimoTask task(params.task, tokenizer.cells.get());
  Quarantine quarantine;
  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), params.task));
  ExampleSink sink(context, params, writer, quarantine);
  std::map<std::string, std::int64_t> numbers;  // rows of an input's files so far
  for (std::size_t i = 0; i < files.size(); ++i) {
    RowIds of_rows = UNIMO_TRY(RowIds::open(ids.empty() ? nullptr : &ids[i].path));
    UNIMO_TRY(read_file_of(files[i], params, task, std::move(of_rows),
                           numbers[files[i].input.input], sink));
  }
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

Status run_export_unimo(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<UnimoExport>());
  const fs::path records = UNIMO_TRY(context.input("examples"));
  const Tokenizer tokenizer = UNIMO_TRY(Tokenizer::load(context, params.task));
  Exporter exporter(context, params, UnimoTask(params.task, tokenizer.cells.get()));
  UNIMO_TRY(visit_examples(records, [&](ExampleRecord& example) { return exporter.add(example); }));
  return exporter.finish();
}

}  // namespace unimo::stages
