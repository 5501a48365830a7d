#include "evaluators/evaluator.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"

namespace unimo::eval {

namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "similarity.f32 is little-endian");

constexpr std::size_t kNamed = 5;

Result<std::string> id_text(const Json& value) {
  if (value.is_string() && !value.get_ref<const std::string&>().empty()) {
    return value.get<std::string>();
  }
  if (value.is_number_integer()) return value.dump();
  return fail(ErrorCode::kInvalid, "{} is no id; take a text or a whole number",
              canonical_text(value));
}

Result<std::string> text_field(const Json& document, const char* name, const fs::path& file) {
  const auto found = document.find(name);
  if (found == document.end() || !found->is_string()) {
    return fail(ErrorCode::kInvalid, "{}: \"{}\" is missing or no text", file.string(), name);
  }
  return found->get<std::string>();
}

Result<PredictedCaption> predicted_caption(const Json& entry) {
  if (!entry.is_object() || !entry.contains("image_id") || !entry.contains("caption")) {
    return fail(ErrorCode::kInvalid, "needs \"image_id\" and \"caption\"");
  }
  PredictedCaption caption;
  caption.image = UNIMO_TRY(id_text(entry["image_id"]));
  if (!entry["caption"].is_string()) {
    return fail(ErrorCode::kInvalid, "the caption of image {} is {}, not a text", caption.image,
                canonical_text(entry["caption"]));
  }
  caption.caption = entry["caption"].get<std::string>();
  return caption;
}

Result<std::vector<std::string>> id_list(const Json& document, const char* name,
                                         const fs::path& file) {
  const auto found = document.find(name);
  if (found == document.end() || !found->is_array()) {
    return fail(ErrorCode::kInvalid, "{}: \"{}\" is missing or no list of ids", file.string(),
                name);
  }
  std::vector<std::string> ids;
  std::set<std::string> seen;
  for (const Json& value : *found) {
    auto id = id_text(value);
    if (!id) {
      return fail(ErrorCode::kInvalid, "{}: entry {} of \"{}\": {}", file.string(), ids.size() + 1,
                  name, id.error().message);
    }
    if (!seen.insert(*id).second) {
      return fail(ErrorCode::kInvalid, "{}: the id {} stands twice in \"{}\"", file.string(), *id,
                  name);
    }
    ids.push_back(*std::move(id));
  }
  if (ids.empty()) {
    return fail(ErrorCode::kInvalid, "{}: \"{}\" is empty; there is nothing to score",
                file.string(), name);
  }
  return ids;
}

// Checks that every row number is a row, and every row has a caption.
Result<std::vector<std::size_t>> row_numbers(const Json& document, const Similarity& similarity,
                                             const fs::path& file) {
  const auto found = document.find("image_of_caption");
  if (found == document.end() || !found->is_array() ||
      found->size() != similarity.captions.size()) {
    return fail(ErrorCode::kInvalid,
                "{}: \"image_of_caption\" must be a list of {} row numbers, one a caption",
                file.string(), similarity.captions.size());
  }
  std::vector<std::size_t> rows;
  std::vector<bool> has_caption(similarity.images.size(), false);
  for (const Json& value : *found) {
    if (!value.is_number_unsigned() || value.get<std::size_t>() >= similarity.images.size()) {
      return fail(ErrorCode::kInvalid,
                  "{}: \"image_of_caption\" of caption {} is {}; rows go from 0 to {}",
                  file.string(), similarity.captions[rows.size()], canonical_text(value),
                  similarity.images.size() - 1);
    }
    rows.push_back(value.get<std::size_t>());
    has_caption[rows.back()] = true;
  }
  const auto bare = std::find(has_caption.begin(), has_caption.end(), false);
  if (bare != has_caption.end()) {
    const auto row = static_cast<std::size_t>(bare - has_caption.begin());
    return fail(ErrorCode::kInvalid, "{}: image {} has no caption, so it cannot be ranked",
                file.string(), similarity.images[row]);
  }
  return rows;
}

Result<std::vector<float>> matrix(const fs::path& file, const Similarity& index) {
  const std::string bytes = UNIMO_TRY(read_file(file));
  const std::size_t count = index.images.size() * index.captions.size();
  if (bytes.size() != count * sizeof(float)) {
    return fail(ErrorCode::kInvalid,
                "{}: {} bytes, but index.json speaks of {} images and {} captions, which are {} "
                "bytes of 32-bit numbers; write both files in one go",
                file.string(), bytes.size(), index.images.size(), index.captions.size(),
                count * sizeof(float));
  }
  std::vector<float> values(count);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    const auto at = static_cast<std::size_t>(bad - values.begin());
    return fail(ErrorCode::kInvalid,
                "{}: the similarity of image {} and caption {} is {}; every value must be finite",
                file.string(), index.images[at / index.captions.size()],
                index.captions[at % index.captions.size()], *bad);
  }
  return values;
}

// What the three caption scores share.
std::string caption_basis(std::span<const CaptionItem> items) {
  return fmt::format("images:{}|refs:{}|case:lc|tok:ptb-3.4|punct:dropped", items.size(),
                     reference_counts(items));
}

}  // namespace

Result<PredictionsHeader> read_predictions_header(const fs::path& folder) {
  const fs::path file = folder / "predictions.json";
  const Json document = UNIMO_TRY(read_json(file));
  const bool known = document.is_object() && document.contains("format") &&
                     document["format"] == "unimo.predictions" && document.contains("version") &&
                     document["version"] == 1;
  if (!known) {
    return fail(ErrorCode::kInvalid,
                "{}: not predictions of version 1 (format \"unimo.predictions\")", file.string());
  }
  return PredictionsHeader{.task = UNIMO_TRY(text_field(document, "task", file)),
                           .split = UNIMO_TRY(text_field(document, "split", file))};
}

Result<std::vector<PredictedCaption>> read_captions(const fs::path& file) {
  const Json document = UNIMO_TRY(read_json(file));
  if (!document.is_array()) {
    return fail(ErrorCode::kInvalid,
                "{}: must be a list of {{\"image_id\": …, \"caption\": …}}, is {}", file.string(),
                document.type_name());
  }
  std::vector<PredictedCaption> captions;
  std::map<std::string, std::size_t> entry_of_image;
  std::vector<Error> errors;
  std::size_t wrong = 0;
  const auto report = [&](std::size_t entry, const std::string& message) {
    if (++wrong > kNamed) return;
    errors.push_back(
        {ErrorCode::kInvalid, fmt::format("{}: entry {}: {}", file.string(), entry + 1, message)});
  };
  for (std::size_t i = 0; i < document.size(); ++i) {
    auto caption = predicted_caption(document[i]);
    if (!caption) {
      report(i, caption.error().message);
      continue;
    }
    const auto [place, is_new] = entry_of_image.try_emplace(caption->image, i);
    if (!is_new) {
      report(i, fmt::format("image {} has a caption already, in entry {}; keep one", caption->image,
                            place->second + 1));
      continue;
    }
    captions.push_back(*std::move(caption));
  }
  if (wrong > kNamed) {
    errors.push_back({ErrorCode::kInvalid, fmt::format("{}: and {} more entries of that kind",
                                                       file.string(), wrong - kNamed)});
  }
  if (!errors.empty()) return tl::unexpected(join_errors(errors));
  return captions;
}

Result<Similarity> read_similarity(const fs::path& folder) {
  const fs::path index_file = folder / "index.json";
  const Json index = UNIMO_TRY(read_json(index_file));
  if (!index.is_object()) {
    return fail(ErrorCode::kInvalid, "{}: must be a mapping with images and captions",
                index_file.string());
  }
  Similarity similarity;
  similarity.images = UNIMO_TRY(id_list(index, "images", index_file));
  similarity.captions = UNIMO_TRY(id_list(index, "captions", index_file));
  similarity.image_of_caption = UNIMO_TRY(row_numbers(index, similarity, index_file));
  similarity.values = UNIMO_TRY(matrix(folder / "similarity.f32", similarity));
  return similarity;
}

std::string first_names(std::span<const std::string> names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i) {
    text += (i > 0 ? ", " : "") + names[i];
  }
  if (names.size() > kNamed) text += fmt::format(" and {} more", names.size() - kNamed);
  return text;
}

Status check_ids(std::string_view origin, std::string_view what,
                 std::span<const std::string> wanted, std::span<const std::string> seen) {
  const std::set<std::string> expected(wanted.begin(), wanted.end());
  std::set<std::string> found;
  std::vector<std::string> twice, unknown, missing;
  for (const std::string& id : seen) {
    if (!expected.contains(id)) {
      unknown.push_back(id);
    } else if (!found.insert(id).second) {
      twice.push_back(id);
    }
  }
  for (const std::string& id : wanted) {
    if (!found.contains(id)) missing.push_back(id);
  }
  std::vector<Error> errors;
  const auto report = [&](const std::vector<std::string>& ids, std::string_view problem) {
    if (ids.empty()) return;
    errors.push_back(
        {ErrorCode::kInvalid, fmt::format("{}: {} {}{} {}: {}", origin, ids.size(), what,
                                          ids.size() == 1 ? "" : "s", problem, first_names(ids))});
  };
  report(missing, fmt::format("of {} missing", wanted.size()));
  report(twice, "more than once");
  report(unknown, "not among the references");
  if (!errors.empty()) return tl::unexpected(join_errors(errors));
  return ok();
}

std::string reference_counts(std::span<const CaptionItem> items) {
  std::size_t least = items.empty() ? 0 : items.front().references.size();
  std::size_t most = least;
  for (const CaptionItem& item : items) {
    least = std::min(least, item.references.size());
    most = std::max(most, item.references.size());
  }
  return least == most ? fmt::format("{}", least) : fmt::format("{}-{}", least, most);
}

std::string bleu_signature(std::span<const CaptionItem> items) {
  return fmt::format("bleu|n:1-4|{}|len:closest|smooth:coco|scale:100|version:1",
                     caption_basis(items));
}

std::string rouge_l_signature(std::span<const CaptionItem> items) {
  return fmt::format("rouge_l|beta:1.2|{}|scale:100|version:1", caption_basis(items));
}

std::string cider_signature(std::span<const CaptionItem> items) {
  return fmt::format("cider_d|n:1-4|sigma:6|df:these references|{}|scale:100|version:1",
                     caption_basis(items));
}

std::string retrieval_signature(const SimilarityView& similarity, TieRule rule) {
  return fmt::format("retrieval|images:{}|captions:{}|ties:{}|scale:percent|version:1",
                     similarity.images, similarity.captions, to_string(rule));
}

}  // namespace unimo::eval
