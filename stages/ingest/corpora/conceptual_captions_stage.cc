#include <memory>
#include <set>

#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/corpora/karpathy.h"
#include "stages/ingest/corpora/picture_pairs.h"
#include "stages/ingest/stream/line_reader.h"
#include "stages/ingest/text/text_check.h"
#include "stages/schema/official_counts.h"

namespace unimo::stages {

namespace {

namespace fs = std::filesystem;

// Sharma et al. 2018, "Conceptual Captions": pairs of the training and validation lists.

constexpr std::size_t kShownBytes = 60;

// Lines "caption<TAB>url" without a header, quotes or escapes.
class GccList {
 public:
  GccList(LineReader lines, Quarantine& quarantine)
      : lines_(std::move(lines)), quarantine_(quarantine) {}

  Result<bool> next(PicturePair& pair) {
    for (LineReader::Line line; UNIMO_TRY(lines_.next(line));) {
      rows_ = line.number;
      split_tabs(line.text, fields_);
      if (fields_.size() == 2 && !fields_[1].empty()) {
        pair.source = lines_.place(line);
        pair.row = line.number - 1;
        pair.caption = std::string(fields_[0]);
        pair.url = std::string(fields_[1]);
        return true;
      }
      quarantine_.saw(Item::kCaption);
      quarantine_.add(Item::kCaption,
                      {lines_.place(line), std::to_string(line.number - 1), "malformed_line",
                       fmt::format("must be a caption, a tab and an address, has {} columns: {}",
                                   line.text.empty() ? 0 : fields_.size(),
                                   with_replacements(line.text.substr(0, kShownBytes)))});
    }
    return false;
  }

  std::int64_t rows() const { return rows_; }

 private:
  LineReader lines_;
  Quarantine& quarantine_;
  std::int64_t rows_ = 0;
  std::vector<std::string_view> fields_;
};

Result<std::vector<PairList>> open_lists(StageContext& context, Quarantine& quarantine) {
  const auto tables = context.inputs("pairs");
  const auto folders = context.inputs("images");
  if (folders.size() != 1 && tables.size() != folders.size()) {
    return fail(ErrorCode::kInvalid,
                "{}: {} lists as pairs but {} as images; give the fetched pictures of each list in "
                "the same order, or one folder that was fetched for all of them",
                context.job().task, tables.size(), folders.size());
  }
  std::vector<PairList> lists;
  std::set<std::string> splits;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const fs::path& path = tables[i].path;
    const std::string split = split_of_file_name(path);
    if (split.empty()) {
      return fail(ErrorCode::kInvalid,
                  "{}: its name tells no split; call it like Train_GCC-training.tsv",
                  path.string());
    }
    if (!splits.insert(split).second) {
      return fail(ErrorCode::kInvalid,
                  "{}: a second list of split {}; join the lists, or make two artifacts",
                  path.string(), split);
    }
    LineReader lines = UNIMO_TRY(LineReader::open(path, {}));
    auto list = std::make_shared<GccList>(std::move(lines), quarantine);
    lists.push_back({.name = "cc_" + split,
                     .split = split,
                     .pairs = [list](PicturePair& pair) { return list->next(pair); },
                     .rows = [list] { return list->rows(); },
                     .images = folders[folders.size() == 1 ? 0 : i].path});
  }
  return lists;
}

}  // namespace

Status run_ingest_conceptual_captions(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<PairIngest>());
  Quarantine quarantine;
  auto lists = UNIMO_TRY(open_lists(context, quarantine));
  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "conceptual_captions"));
  if (params.pictures.complete) {
    for (const PairList& list : lists) {
      if (list.split == "train") writer.official("captions.train", kConceptualCaptions.train);
      if (list.split == "val") writer.official("captions.val", kConceptualCaptions.val);
    }
  }
  UNIMO_TRY(write_pairs(context, params, std::move(lists), writer, quarantine));
  return finish_records(context, writer, quarantine, params.pictures.max_bad_share);
}

}  // namespace unimo::stages
