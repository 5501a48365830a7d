#include "evaluators/question_generation.h"

#include <algorithm>
#include <unordered_map>

namespace unimo::eval {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return text;
}

// A piece that goes on with a word begins with "##"; the first one of a line never goes on.
std::string join_pieces(std::string_view text) {
  std::string joined;
  for (const std::string_view piece : split_words(text, WordBreak::kAscii)) {
    if (joined.empty()) {
      joined = piece;
    } else if (piece.starts_with("##")) {
      joined += piece.substr(2);
    } else {
      joined += ' ';
      joined += piece;
    }
  }
  return joined;
}

std::string source_key(const std::string& line, QuestionScript script) {
  return script == QuestionScript::kNqg ? line : lower(trimmed(line));
}

std::string reference_text(const std::string& line, QuestionScript script) {
  switch (script) {
    case QuestionScript::kNqg: return line;
    case QuestionScript::kUnilmPieces: return lower(join_pieces(line));
    case QuestionScript::kUnilmWords: return trimmed(line);
  }
  return line;
}

std::string prediction_text(const std::string& line, QuestionScript script) {
  switch (script) {
    case QuestionScript::kNqg: return line;
    case QuestionScript::kUnilmPieces: return lower(trimmed(line));
    case QuestionScript::kUnilmWords: return lower(line);
  }
  return line;
}

std::string basis(std::span<const CaptionItem> items, QuestionScript script) {
  std::size_t references = 0;
  for (const CaptionItem& item : items) references += item.references.size();
  return fmt::format("script:{}|items:{}|lines:{}|pool:source, last prediction", to_string(script),
                     items.size(), references);
}

}  // namespace

std::string_view to_string(QuestionScript script) {
  switch (script) {
    case QuestionScript::kNqg: return "nqg";
    case QuestionScript::kUnilmPieces: return "unilm_pieces";
    case QuestionScript::kUnilmWords: return "unilm_words";
  }
  return "nqg";
}

std::vector<std::string> official_lines(std::string_view bytes) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size() - 1);
    lines.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
  }
  return lines;
}

Result<std::vector<CaptionItem>> pool_questions(const QuestionLines& lines, QuestionScript script) {
  if (lines.references.size() != lines.sources.size() ||
      lines.predictions.size() != lines.sources.size()) {
    return fail(ErrorCode::kInvalid,
                "{} source lines, {} references and {} predictions; all three must be as many",
                lines.sources.size(), lines.references.size(), lines.predictions.size());
  }
  std::vector<CaptionItem> items;
  std::unordered_map<std::string, std::size_t> item_of_source;
  for (std::size_t i = 0; i < lines.sources.size(); ++i) {
    const auto [place, is_new] =
        item_of_source.try_emplace(source_key(lines.sources[i], script), items.size());
    if (is_new) items.emplace_back();
    CaptionItem& item = items[place->second];
    item.references.push_back(reference_text(lines.references[i], script));
    item.candidate = prediction_text(lines.predictions[i], script);
  }
  return items;
}

QuestionScores score_questions(std::span<const CaptionItem> items) {
  return {.bleu = bleu(count_ngrams(items, WordBreak::kAscii)), .rouge_l = rouge_l(items)};
}

std::string question_bleu_signature(std::span<const CaptionItem> items, QuestionScript script) {
  return fmt::format("question_bleu|n:1-4|{}|len:closest|smooth:coco|scale:100|version:1",
                     basis(items, script));
}

std::string question_rouge_l_signature(std::span<const CaptionItem> items, QuestionScript script) {
  return fmt::format("question_rouge_l|beta:1.2|{}|scale:100|version:1", basis(items, script));
}

}  // namespace unimo::eval
