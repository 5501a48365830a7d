#include "stages/pack/contrasts.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "trainer/data/pack.h"

namespace unimo::stages {

namespace {

constexpr std::array kKeys = {"caption",        "positives",      "phrase_negatives",
                              "word_negatives", "related_images", "related_texts"};

// The texts of a list; none when the line does not have it.
Result<std::vector<std::string>> texts_at(const Json& line, const char* key) {
  std::vector<std::string> texts;
  const auto found = line.find(key);
  if (found == line.end()) return texts;
  if (!found->is_array()) return fail(ErrorCode::kInvalid, "{} is no list of texts", key);
  for (const Json& item : *found) {
    if (!item.is_string()) {
      return fail(ErrorCode::kInvalid, "{} holds {}, which is no text", key, item.dump());
    }
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

Status check_keys(const Json& line) {
  if (!line.is_object() || !line.contains("caption") || !line["caption"].is_string()) {
    return fail(ErrorCode::kInvalid, "needs an object with the id of a caption as \"caption\"");
  }
  for (const auto& [key, value] : line.items()) {
    if (std::ranges::find(kKeys, std::string_view(key)) != kKeys.end()) continue;
    return fail(ErrorCode::kInvalid, "unknown key \"{}\"; known: {}", key, fmt::join(kKeys, ", "));
  }
  return ok();
}

}  // namespace

Contrasts::Contrasts(Pairs& pairs, const trainer::Tokenizer& tokenizer, ContrastOptions options,
                     trainer::ShardWriter& writer)
    : pairs_(pairs), tokenizer_(tokenizer), options_(std::move(options)), writer_(writer) {
  for (std::size_t i = 0; i < pairs.captions.size(); ++i)
    caption_of_id_.emplace(pairs.captions[i].id, static_cast<std::uint32_t>(i));
  for (std::size_t i = 0; i < pairs.images.size(); ++i)
    image_of_id_.emplace(pairs.images[i].id, static_cast<std::uint32_t>(i));
}

Status Contrasts::add(const std::filesystem::path& artifact) {
  const auto path = artifact / "contrasts.jsonl";
  std::ifstream file(path);
  if (!file) {
    return fail(ErrorCode::kNotFound, "{}: cannot be read; an input contrasts is a folder with it",
                path.string());
  }
  std::string text;
  for (std::int64_t number = 1; std::getline(file, text); ++number) {
    const std::string origin = fmt::format("{}:{}", path.string(), number);
    const Json line = UNIMO_TRY(parse_json(text, origin));
    const Status added = add_line(line);
    if (!added) return fail(added.error().code, "{}: {}", origin, added.error().message);
  }
  if (file.bad()) return fail(ErrorCode::kIo, "{}: reading broke off", path.string());
  return ok();
}

Status Contrasts::add_line(const Json& line) {
  UNIMO_TRY(check_keys(line));
  const auto found = caption_of_id_.find(line["caption"].get_ref<const std::string&>());
  if (found == caption_of_id_.end()) {
    ++counts_.other_captions;
    return ok();
  }
  trainer::PackedCaption& caption = pairs_.captions[found->second];
  UNIMO_TRY(add_sentences(line, "positives", caption, caption.positives));
  UNIMO_TRY(add_sentences(line, "phrase_negatives", caption, caption.phrase_negatives));
  UNIMO_TRY(add_sentences(line, "word_negatives", caption, caption.word_negatives));
  UNIMO_TRY(add_sentences(line, "related_texts", caption, caption.related_texts));
  return add_images(line, caption);
}

// A negative that says the same as the caption would teach that it is wrong, and a positive
// nothing.
Status Contrasts::add_sentences(const Json& line, const char* key, trainer::PackedCaption& caption,
                                std::vector<std::uint32_t>& numbers) {
  for (const std::string& text : UNIMO_TRY(texts_at(line, key))) {
    std::vector<trainer::TokenId> ids = tokenizer_.encode(text);
    if (ids.size() > options_.most_tokens) ids.resize(options_.most_tokens);
    if (ids.empty()) {
      ++counts_.empty;
    } else if (ids == caption.ids) {
      ++counts_.repeated;
    } else {
      UNIMO_TRY(writer_.add(trainer::encode_sentence(ids)));
      numbers.push_back(static_cast<std::uint32_t>(counts_.sentences++));
    }
  }
  return ok();
}

Status Contrasts::add_images(const Json& line, trainer::PackedCaption& caption) {
  for (const std::string& id : UNIMO_TRY(texts_at(line, "related_images"))) {
    const auto found = image_of_id_.find(id);
    const bool usable = found != image_of_id_.end() && found->second != caption.image &&
                        pairs_.images[found->second].regions > 0 &&
                        options_.trains(pairs_.images[found->second].split);
    if (usable) {
      caption.related_images.push_back(found->second);
    } else {
      ++counts_.other_images;
    }
  }
  return ok();
}

}  // namespace unimo::stages
