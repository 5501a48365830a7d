#include "trainer/text/translation_vocabulary.h"

#include <sentencepiece_processor.h>

#include <array>
#include <set>
#include <utility>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "orchestrator/base/json.h"
#include "trainer/text/sentencepiece_training.h"
#include "trainer/text/utf8.h"

namespace unimo::trainer {

namespace {

constexpr std::string_view kBlank = "\xE2\x96\x81";
constexpr const char* kEnd = "</s>";
constexpr const char* kUnknown = "<unk>";
constexpr const char* kPad = "<pad>";

using Ids = std::unordered_map<std::string, std::int32_t>;

Result<Ids> read_ids(const std::string& text, const std::string& name) {
  const Json json = UNIMO_TRY(parse_json(text, name));
  if (!json.is_object() || json.empty())
    return fail(ErrorCode::kInvalid, "{}: a mapping of pieces to ids is wanted", name);
  Ids ids;
  std::set<std::int64_t> seen;
  for (const auto& [piece, id] : json.items()) {
    const bool good = id.is_number_unsigned() && id.get<std::uint64_t>() < json.size();
    if (!good)
      return fail(ErrorCode::kInvalid,
                  "{}: the id of \"{}\" is {}: {} pieces have the whole numbers from 0 on", name,
                  piece, id.dump(), json.size());
    if (!seen.insert(id.get<std::int64_t>()).second)
      return fail(ErrorCode::kInvalid, "{}: \"{}\" and another piece have the id {}", name, piece,
                  id.dump());
    ids.emplace(piece, id.get<std::int32_t>());
  }
  return ids;
}

// Pieces of one model as a table of ids: the end first, the padding last.
std::string ids_text(const std::vector<std::string>& pieces) {
  Json ids = Json::object();
  ids[kEnd] = 0;
  ids[kUnknown] = 1;
  std::int32_t next = 2;
  for (const std::string& piece : pieces) {
    if (!ids.contains(piece)) ids[piece] = next++;
  }
  ids[kPad] = next;
  return ids.dump(1) + "\n";
}

Result<std::vector<std::string>> pieces_of(const std::string& model) {
  sentencepiece::SentencePieceProcessor processor;
  const auto status = processor.LoadFromSerializedProto(model);
  if (!status.ok()) return fail(ErrorCode::kFailed, "a trained model: {}", status.ToString());
  std::vector<std::string> pieces;
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    if (!processor.IsUnknown(id) && !processor.IsControl(id))
      pieces.push_back(processor.IdToPiece(id));
  }
  return pieces;
}

std::map<std::string, std::string> settings_of(const TranslationVocabularyOptions& options) {
  return {{"vocab_size", std::to_string(options.size)},
          {"character_coverage", fmt::format("{}", options.character_coverage)},
          {"normalization_rule_name", "nmt_nfkc"},
          {"unk_id", "0"},
          {"bos_id", "-1"},
          {"eos_id", "-1"},
          {"pad_id", "-1"}};
}

// The code of a language at the beginning: ">>deu<<"; empty when there is none.
std::string_view language_code(std::string_view text) {
  if (!text.starts_with(">>")) return {};
  const std::size_t end = text.find("<<");
  return end == text.npos ? std::string_view() : text.substr(0, end + 2);
}

}  // namespace

struct TranslationVocabulary::Side {
  sentencepiece::SentencePieceProcessor processor;
  Ids ids;
  std::vector<std::string> pieces;  // by id; empty where there is none

  Status load(const std::string& model, const std::string& text, const std::string& model_name,
              const std::string& ids_name) {
    const auto status = processor.LoadFromSerializedProto(model);
    if (!status.ok()) {
      return fail(ErrorCode::kIntegrity, "{}: not a SentencePiece model: {}", model_name,
                  status.ToString());
    }
    ids = UNIMO_TRY(read_ids(text, ids_name));
    for (const auto& [piece, id] : ids) {
      if (pieces.size() <= static_cast<std::size_t>(id))
        pieces.resize(static_cast<std::size_t>(id) + 1);
      pieces[static_cast<std::size_t>(id)] = piece;
    }
    return ok();
  }

  void encode(std::string_view text, std::int32_t unknown, std::vector<std::int32_t>& out) const {
    std::vector<std::string> found;
    const auto status = processor.Encode(clean_for_sentencepiece(text), &found);
    UNIMO_CHECK(status.ok(), "{}", status.ToString());
    for (const std::string& piece : found) {
      const auto id = ids.find(piece);
      out.push_back(id == ids.end() ? unknown : id->second);
    }
  }
};

TranslationVocabulary::TranslationVocabulary() = default;
TranslationVocabulary::TranslationVocabulary(TranslationVocabulary&&) noexcept = default;
TranslationVocabulary& TranslationVocabulary::operator=(TranslationVocabulary&&) noexcept = default;
TranslationVocabulary::~TranslationVocabulary() = default;

Result<TranslationVocabulary> TranslationVocabulary::load(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const char* name : {"source.spm", "target.spm", "vocab.json"}) {
    if (!std::filesystem::exists(folder / name)) {
      return fail(ErrorCode::kNotFound,
                  "{}: there is no {}; a translator's folder holds source.spm, target.spm and "
                  "vocab.json",
                  folder.string(), name);
    }
    files[name] = UNIMO_TRY(read_file(folder / name));
  }
  if (std::filesystem::exists(folder / "target_vocab.json"))
    files["target_vocab.json"] = UNIMO_TRY(read_file(folder / "target_vocab.json"));
  return from_files(std::move(files), folder.string());
}

Result<TranslationVocabulary> TranslationVocabulary::from_files(
    std::map<std::string, std::string> files, const std::string& origin) {
  TranslationVocabulary vocabulary;
  const auto name = [&](const char* file) { return fmt::format("{}/{}", origin, file); };
  const char* target_ids = files.contains("target_vocab.json") ? "target_vocab.json" : "vocab.json";
  vocabulary.source_ = std::make_unique<Side>();
  vocabulary.target_ = std::make_unique<Side>();
  UNIMO_TRY(vocabulary.source_->load(files["source.spm"], files["vocab.json"], name("source.spm"),
                                     name("vocab.json")));
  UNIMO_TRY(vocabulary.target_->load(files["target.spm"], files[target_ids], name("target.spm"),
                                     name(target_ids)));
  vocabulary.files_ = std::move(files);
  UNIMO_TRY(vocabulary.take_special(origin));
  std::string all;
  for (const auto& [file, bytes] : vocabulary.files_)
    all += fmt::format("{} {} {}\n", file, bytes.size(), sha256_hex(bytes));
  vocabulary.digest_ = sha256_hex(all);
  return vocabulary;
}

// The three special tokens, the same on both sides.
Status TranslationVocabulary::take_special(const std::string& origin) {
  const std::array<std::pair<const char*, std::int32_t*>, 3> special = {
      {{kEnd, &end_}, {kUnknown, &unknown_}, {kPad, &pad_}}};
  for (const auto& [piece, to] : special) {
    const auto source = source_->ids.find(piece);
    const auto target = target_->ids.find(piece);
    if (source == source_->ids.end() || target == target_->ids.end())
      return fail(ErrorCode::kInvalid, "{}: vocab.json has no {}: it is no translator's", origin,
                  piece);
    const bool matters = to != &pad_;
    if (matters && source->second != target->second)
      return fail(ErrorCode::kInvalid, "{}: {} is {} in the source and {} in the target", origin,
                  piece, source->second, target->second);
    *to = target->second;
  }
  return ok();
}

Result<TranslationVocabulary> TranslationVocabulary::train(
    std::span<const std::string> sources, std::span<const std::string> targets,
    const TranslationVocabularyOptions& options) {
  std::map<std::string, std::string> files;
  if (options.joint) {
    std::vector<std::string> all(sources.begin(), sources.end());
    all.insert(all.end(), targets.begin(), targets.end());
    files["source.spm"] = UNIMO_TRY(train_sentencepiece(all, options.size, settings_of(options)));
    files["target.spm"] = files["source.spm"];
    files["vocab.json"] = ids_text(UNIMO_TRY(pieces_of(files["source.spm"])));
  } else {
    files["source.spm"] =
        UNIMO_TRY(train_sentencepiece(sources, options.size, settings_of(options)));
    files["target.spm"] =
        UNIMO_TRY(train_sentencepiece(targets, options.size, settings_of(options)));
    files["vocab.json"] = ids_text(UNIMO_TRY(pieces_of(files["source.spm"])));
    files["target_vocab.json"] = ids_text(UNIMO_TRY(pieces_of(files["target.spm"])));
  }
  return from_files(std::move(files), "the trained vocabulary");
}

Status TranslationVocabulary::save(const std::filesystem::path& folder) const {
  for (const auto& [name, bytes] : files_) UNIMO_TRY(write_file(folder / name, bytes));
  return ok();
}

std::vector<std::int32_t> TranslationVocabulary::encode_source(std::string_view text) const {
  std::vector<std::int32_t> ids;
  const std::string_view code = language_code(text);
  const auto known = source_->ids.find(std::string(code));
  if (!code.empty() && known != source_->ids.end()) {
    ids.push_back(known->second);
    text.remove_prefix(code.size());
  }
  source_->encode(text, unknown_, ids);
  ids.push_back(end_);
  return ids;
}

std::vector<std::int32_t> TranslationVocabulary::encode_target(std::string_view text) const {
  std::vector<std::int32_t> ids;
  target_->encode(text, unknown_, ids);
  ids.push_back(end_);
  return ids;
}

std::string TranslationVocabulary::decode_target(std::span<const std::int32_t> ids) const {
  std::string text;
  for (const std::int32_t id : ids) {
    if (id < 0 || static_cast<std::size_t>(id) >= target_->pieces.size()) continue;
    if (id == end_ || id == unknown_ || id == pad_) continue;
    text += target_->pieces[static_cast<std::size_t>(id)];
  }
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool blank = text.compare(i, kBlank.size(), kBlank) == 0;
    out += blank ? ' ' : text[i];
    i += blank ? kBlank.size() : 1;
  }
  const std::size_t first = out.find_first_not_of(' ');
  if (first == out.npos) return {};
  out = out.substr(first, out.find_last_not_of(' ') - first + 1);
  return is_valid_utf8(out) ? out : repair_utf8(out);
}

int TranslationVocabulary::source_size() const { return static_cast<int>(source_->pieces.size()); }
int TranslationVocabulary::target_size() const { return static_cast<int>(target_->pieces.size()); }
bool TranslationVocabulary::is_joint() const { return !files_.contains("target_vocab.json"); }

}  // namespace unimo::trainer
