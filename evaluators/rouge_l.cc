#include "evaluators/rouge_l.h"

#include <algorithm>
#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

constexpr double kBeta = 1.2;

std::vector<std::string_view> split_at_blanks(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t blank = text.find(' ');
    words.push_back(text.substr(0, blank));
    if (blank == std::string_view::npos) return words;
    text.remove_prefix(blank + 1);
  }
}

std::size_t common_subsequence(const std::vector<std::string_view>& a,
                               const std::vector<std::string_view>& b) {
  std::vector<std::size_t> row(b.size() + 1, 0);  // [words of b], after each word of a
  for (const std::string_view word : a) {
    std::size_t diagonal = 0;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = word == b[j - 1] ? diagonal + 1 : std::max(above, row[j - 1]);
      diagonal = above;
    }
  }
  return row.back();
}

double score(const CaptionItem& item) {
  const auto candidate = split_at_blanks(item.candidate);
  double precision = 0;
  double recall = 0;
  for (const std::string& text : item.references) {
    const auto reference = split_at_blanks(text);
    const auto common = static_cast<double>(common_subsequence(candidate, reference));
    precision = std::max(precision, common / static_cast<double>(candidate.size()));
    recall = std::max(recall, common / static_cast<double>(reference.size()));
  }
  if (precision == 0 || recall == 0) return 0;
  return (1 + kBeta * kBeta) * precision * recall / (recall + kBeta * kBeta * precision);
}

}  // namespace

RougeL rouge_l(std::span<const CaptionItem> items) {
  RougeL result;
  double sum = 0;
  for (const CaptionItem& item : items) {
    UNIMO_CHECK(!item.references.empty(), "a caption without references reached ROUGE-L");
    result.images.push_back(score(item));
    sum += result.images.back();
  }
  if (!items.empty()) result.corpus = sum / static_cast<double>(items.size());
  return result;
}

}  // namespace unimo::eval
