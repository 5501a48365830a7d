#include <algorithm>
#include <set>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/id_table.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/text/ordered_workers.h"
#include "stages/region_files/region_files.h"
#include "stages/region_files/row_import.h"
#include "stages/region_files/text_output.h"
#include "trainer/data/shard.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kVotingRows = 64;  // of each file, looked at for the order of the sizes
constexpr std::size_t kRowsAThread = 2;  // in memory
constexpr std::int64_t kTick = 256;      // rows between two looks at the stop flag

// Or there are none: nothing can stand in the wrong order.
bool sizes_have_names(RegionFormat format) {
  return format == RegionFormat::kUniter || format == RegionFormat::kNpz ||
         format == RegionFormat::kVinvl || format == RegionFormat::kOscar;
}

class Import {
 public:
  Import(StageContext& context, ImportRules rules)
      : context_(context),
        rules_(std::move(rules)),
        format_(region_format(rules_.params.format)),
        threads_(context.job().resources.cores),
        workers_(threads_, [this](RowToImport& row) { return import_row(row, rules_); }) {}

  Status run() {
    UNIMO_TRY(find_files());
    UNIMO_TRY(prepare_classes());
    UNIMO_TRY(open_output());
    for (const fs::path& file : files_) UNIMO_TRY(read_file_of(file));
    UNIMO_TRY(drain(0));
    report();
    UNIMO_TRY(quarantine_.enforce(rules_.params.max_bad_share));
    UNIMO_TRY(check_result());
    return write();
  }

 private:
  struct Counts {
    std::int64_t rows = 0, images = 0, regions = 0, repeated = 0, not_in_records = 0,
                 swapped_files = 0;
    BoxCounts boxes;
  };

  Status find_files();
  Status prepare_classes();
  Status open_output();
  Status read_file_of(const fs::path& file);
  Result<bool> vote(const fs::path& file);
  // Uses finished rows until only `most` wait.
  Status drain(std::size_t most, bool file_ends = false);
  Status use(ImportedRow& row);
  bool check_use(ImportedRow& row);
  void report();
  Status check_result() const;
  Status write();

  StageContext& context_;
  ImportRules rules_;
  RegionFormat format_;
  int threads_;
  std::vector<fs::path> files_;
  Quarantine quarantine_;
  IdTable seen_;
  Counts counts_;
  std::uint32_t feature_size_ = 0, top_k_ = 0;
  std::vector<trainer::ShardWriter> shard_, originals_;  // none or one
  std::vector<TextOutput> preview_;                      // one
  OrderedWorkers<RowToImport, ImportedRow> workers_;     // last: its threads end first
};

Status Import::find_files() {
  for (const InputItem& item : context_.inputs("files")) {
    const auto found = UNIMO_TRY(find_region_files(format_, item.path));
    files_.insert(files_.end(), found.begin(), found.end());
  }
  return ok();
}

// Files that bring names of classes along need no vocabulary.
Status Import::prepare_classes() {
  if (!rules_.classes.empty() || rules_.params.top_k == 0 || files_.empty()) return ok();
  const auto reader = UNIMO_TRY(open_region_file(format_, files_.front()));
  std::vector<std::vector<std::string>> vocabulary;
  for (std::string& name : reader->class_names()) vocabulary.push_back({std::move(name)});
  rules_.classes = UNIMO_TRY(ClassTable::make(
      std::move(vocabulary), {rules_.params.top_k, rules_.params.background == "last"}));
  return ok();
}

Status Import::open_output() {
  const fs::path& folder = context_.output();
  shard_.push_back(UNIMO_TRY(
      trainer::ShardWriter::create(folder / "regions.shard", Json{{"schema", "regions"}})));
  if (rules_.params.originals) {
    originals_.push_back(UNIMO_TRY(
        trainer::ShardWriter::create(folder / "originals.shard", Json{{"schema", "region_rows"}})));
  }
  preview_.push_back(UNIMO_TRY(TextOutput::create(folder / "preview.jsonl")));
  return ok();
}

// Whether the sizes stand in the other order than the format says.
Result<bool> Import::vote(const fs::path& file) {
  const std::string& order = rules_.params.size_order;
  const bool height_first =
      format_ == RegionFormat::kLxmert || format_ == RegionFormat::kUnimoCaption;
  if (sizes_have_names(format_)) return false;
  if (order != "auto") return (order == "hw") != height_first;
  const auto reader = UNIMO_TRY(open_region_file(format_, file));
  SizeVote votes;
  RawRow raw;
  for (std::size_t i = 0; i < kVotingRows && UNIMO_TRY(reader->next(raw)); ++i) {
    const ParsedRow parsed = reader->parse(raw);
    if (parsed.good()) votes.add(parsed.row);
  }
  if (votes.swapped()) {
    context_.events().note(
        "warning", fmt::format("{}: width and height stand in the other order than format {} has "
                               "them: the boxes of {} of the first rows fit only so, of {} only "
                               "the other way",
                               file.filename().string(), to_string(format_), votes.swapped_rows(),
                               votes.as_told_rows()));
  }
  return votes.swapped();
}

Status Import::read_file_of(const fs::path& file) {
  const bool swapped = UNIMO_TRY(vote(file));
  counts_.swapped_files += swapped ? 1 : 0;
  const std::shared_ptr<RegionReader> reader = UNIMO_TRY(open_region_file(format_, file));
  const std::size_t most = kRowsAThread * static_cast<std::size_t>(threads_);
  for (RawRow raw; UNIMO_TRY(reader->next(raw));) {
    if (++counts_.rows % kTick == 0) {
      if (StageContext::stop_requested()) return fail(ErrorCode::kCancelled, "asked to stop");
      context_.events().progress(counts_.rows, 0, "rows");
    }
    workers_.put({std::move(raw), reader, swapped});
    raw = {};
    UNIMO_TRY(drain(most));
  }
  // Files of one picture each may wait for each other; the end of lines is to be seen.
  return reader->by_line() ? drain(0, true) : ok();
}

Status Import::drain(std::size_t most, bool file_ends) {
  while (workers_.waiting() > most) {
    ImportedRow row = workers_.take();
    const bool last = file_ends && workers_.waiting() == 0;
    if (last && (row.reason == "columns" || row.reason == "base64" || row.reason == "bad_length" ||
                 row.reason == "bad_json" || row.reason == "bad_record")) {
      row.detail = fmt::format("the last line was cut: {}", row.detail);
      row.reason = "truncated";
    }
    UNIMO_TRY(use(row));
  }
  return ok();
}

// Counts and sorts out what a row alone does not know of itself; true: it goes into the artifact.
bool Import::check_use(ImportedRow& row) {
  if (row.not_in_records) {
    ++counts_.not_in_records;
    return false;
  }
  if (row.reason.empty() && row.repeats && seen_.contains(row.id)) {
    ++counts_.repeated;
    return false;
  }
  quarantine_.saw(Item::kImage);
  const auto wanted = static_cast<std::uint32_t>(rules_.params.feature_size);
  if (row.reason.empty() && counts_.images == 0) {
    feature_size_ = wanted > 0 ? wanted : row.feature_size;
    top_k_ = row.top_k;
  }
  if (row.reason.empty() && row.feature_size != feature_size_) {
    row.reason = "feature_size";
    row.detail = fmt::format("{} numbers a feature where {} have {}", row.feature_size,
                             counts_.images == 0 ? "params" : "rows before", feature_size_);
  } else if (row.reason.empty() && row.top_k != top_k_) {
    row.reason = "bad_class";
    row.detail = fmt::format("{} classes a region where rows before have {}", row.top_k, top_k_);
  } else if (row.reason.empty() && !seen_.insert(row.id)) {
    row.reason = "duplicate";
    row.detail = fmt::format("picture {} has regions already; the first row is kept", row.id);
  }
  return row.reason.empty();
}

Status Import::use(ImportedRow& row) {
  if (!check_use(row)) {
    if (!row.reason.empty()) {
      quarantine_.add(Item::kImage, {.source = std::move(row.place),
                                     .id = std::move(row.row_id),
                                     .reason = std::move(row.reason),
                                     .detail = std::move(row.detail)});
    }
    return ok();
  }
  UNIMO_TRY(shard_.front().add(row.record));
  if (!originals_.empty()) UNIMO_TRY(originals_.front().add(row.original));
  UNIMO_TRY(preview_.front().line(row.preview));
  ++counts_.images;
  counts_.regions += row.regions;
  counts_.boxes.clipped += row.boxes.clipped;
  counts_.boxes.degenerate += row.boxes.degenerate;
  return ok();
}

void Import::report() {
  EventWriter& events = context_.events();
  events.count("rows", counts_.rows);
  events.count("regions.images", counts_.images);
  events.count("regions.regions", counts_.regions);
  events.count("boxes.clipped", counts_.boxes.clipped);
  events.count("boxes.degenerate", counts_.boxes.degenerate);
  events.count("rows.repeated", counts_.repeated);
  events.count("files.sizes_swapped", counts_.swapped_files);
  if (rules_.has_records) {
    events.count("rows.not_in_records", counts_.not_in_records);
    events.count("records.without_regions",
                 static_cast<std::int64_t>(rules_.pictures.size()) - counts_.images);
  }
  quarantine_.report(events);
  if (counts_.boxes.clipped > 0) {
    events.note("warning", fmt::format("{} of {} boxes stood over their picture and were clipped",
                                       counts_.boxes.clipped, counts_.regions));
  }
}

Status Import::check_result() const {
  if (counts_.images > 0) return ok();
  return fail(ErrorCode::kInvalid,
              "no row of the {} files could be used ({} rows, {} of pictures that are not in the "
              "records); are these files of format {}, and of these records?",
              files_.size(), counts_.rows, counts_.not_in_records, rules_.params.format);
}

Status Import::write() {
  UNIMO_TRY(shard_.front().finish());
  if (!originals_.empty()) UNIMO_TRY(originals_.front().finish());
  UNIMO_TRY(preview_.front().finish());
  UNIMO_TRY(quarantine_.write(context_.output() / "quarantine.jsonl"));
  const std::string& extractor = rules_.params.extractor;
  const trainer::RegionsInfo info{
      .extractor = extractor.empty() ? rules_.params.format : extractor,
      .feature_size = feature_size_,
      .classes = top_k_ > 0 ? rules_.classes.names() : std::vector<std::string>(),
      .views = 1,
      .images = static_cast<std::uint64_t>(counts_.images)};
  return write_json(context_.output() / "regions.json", trainer::to_json(info));
}

Result<std::vector<std::vector<std::string>>> vocabulary_of(const StageContext& context,
                                                            std::string_view input) {
  if (!context.has_input(input)) return std::vector<std::vector<std::string>>();
  const fs::path path = UNIMO_TRY(context.input(input));
  return read_vocabulary(path);
}

}  // namespace

Status run_regions_import(StageContext& context) {
  ImportRules rules{.params = UNIMO_TRY(context.params<RegionsImportParams>())};
  auto classes = UNIMO_TRY(vocabulary_of(context, "classes"));
  rules.classes = UNIMO_TRY(ClassTable::make(
      std::move(classes), {rules.params.top_k, rules.params.background == "last"}));
  rules.attributes = UNIMO_TRY(vocabulary_of(context, "attributes"));
  rules.has_records = context.has_input("records");
  rules.pictures = UNIMO_TRY(PictureIds::read(context.inputs("records"), rules.params.numbered_by));
  return Import(context, std::move(rules)).run();
}

}  // namespace unimo::stages
