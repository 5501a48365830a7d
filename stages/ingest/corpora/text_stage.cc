#include <algorithm>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/text/sentences.h"
#include "stages/ingest/text/text_check.h"
#include "stages/schema/ingest.h"

namespace unimo::stages {

namespace fs = std::filesystem;

namespace {

// A file to read and the name that its texts carry: its path below the input.
struct TextFile {
  fs::path path;
  std::string name;
};

Result<std::vector<TextFile>> find_files(std::span<const InputItem> items) {
  std::vector<TextFile> files;
  for (const InputItem& item : items) {
    if (!fs::is_directory(item.path)) {
      files.push_back({item.path, item.path.filename().string()});
      continue;
    }
    const auto names = UNIMO_TRY(list_files(item.path));
    for (const std::string& name : names) {
      if (name.ends_with(".txt")) files.push_back({item.path / name, name});
    }
  }
  if (files.empty()) {
    return fail(ErrorCode::kInvalid,
                "the input texts holds no .txt file; name a file, or a folder of .txt files");
  }
  std::vector<std::string> names;
  for (const TextFile& file : files) names.push_back(file.name);
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
    return fail(ErrorCode::kInvalid, "two inputs hold a file {}; give them different names",
                *twice);
  }
  return files;
}

std::int64_t count_words(std::string_view text) {
  return 1 + std::count(text.begin(), text.end(), ' ');
}

// In [0, 1), from the seed and the content's place alone.
double share_of(std::uint64_t seed, std::string_view id) {
  const std::string digest = sha256_hex(fmt::format("{}\n{}", seed, id));
  return static_cast<double>(std::stoull(digest.substr(0, 12), nullptr, 16)) /
         static_cast<double>(1ULL << 48);
}

class TextReader {
 public:
  TextReader(const TextIngest& params, std::uint64_t seed, RecordsWriter& writer,
             Quarantine& quarantine)
      : params_(params), seed_(seed), writer_(writer), quarantine_(quarantine) {}

  bool full() const { return params_.max_texts > 0 && writer_.texts() >= params_.max_texts; }

  Status read(const TextFile& file) {
    const std::string bytes = UNIMO_TRY(read_file(file.path));
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
      return fail(ErrorCode::kInvalid, "{}:1: is UTF-16; convert it to UTF-8", file.path.string());
    }
    std::string_view text = bytes;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    for (const Paragraph& paragraph : split_paragraphs(text)) {
      if (full()) return ok();
      quarantine_.saw(Item::kText);
      const std::string place = fmt::format("{}:{}", file.name, paragraph.line);
      if (!is_utf8(paragraph.text) || has_replacement(paragraph.text)) {
        quarantine_.add(Item::kText, {place, place, "invalid_utf8",
                                      with_replacements(paragraph.text.substr(0, 80))});
        continue;
      }
      UNIMO_TRY(add(paragraph, place));
    }
    return ok();
  }

 private:
  Status add(const Paragraph& paragraph, const std::string& place) {
    const std::string split = share_of(seed_, place) < params_.val_share ? "val" : "train";
    const auto units = params_.unit == "sentence" ? split_sentences(paragraph.text)
                                                  : std::vector<std::string>{paragraph.text};
    for (std::size_t i = 0; i < units.size() && !full(); ++i) {
      if (!has_word(units[i]) || count_words(units[i]) < params_.min_words) {
        writer_.note("texts.short");
        continue;
      }
      const std::string id = params_.unit == "sentence" ? fmt::format("{}#{}", place, i) : place;
      UNIMO_TRY(writer_.add_text({id, units[i], split}));
    }
    return ok();
  }

  const TextIngest& params_;
  std::uint64_t seed_;
  RecordsWriter& writer_;
  Quarantine& quarantine_;
};

}  // namespace

Status run_ingest_text(StageContext& context) {
  const auto params = UNIMO_TRY(context.params<TextIngest>());
  const auto files = UNIMO_TRY(find_files(context.inputs("texts")));
  Quarantine quarantine;
  auto writer = UNIMO_TRY(RecordsWriter::create(context.output(), "text"));
  TextReader reader(params, context.seed(), writer, quarantine);
  for (std::size_t i = 0; i < files.size() && !reader.full(); ++i) {
    UNIMO_TRY(reader.read(files[i]));
    context.events().progress(static_cast<std::int64_t>(i + 1),
                              static_cast<std::int64_t>(files.size()), "files");
  }
  if (writer.texts() == 0) {
    return fail(ErrorCode::kInvalid,
                "no text of at least {} words in the input; lower min_words or look at the files",
                params.min_words);
  }
  return finish_records(context, writer, quarantine, params.max_bad_share);
}

}  // namespace unimo::stages
