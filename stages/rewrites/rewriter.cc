#include "stages/rewrites/rewriter.h"

#include <algorithm>
#include <utility>

#include "stages/rewrites/contrast_words.h"
#include "stages/rewrites/word_counts.h"

namespace unimo::stages {

namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// In the letters of what it replaces: "Dog" gives "Cat", "DOG" gives "CAT".
void append_in_case(std::string& text, std::string_view replaced, std::string_view word) {
  const std::size_t begin = text.size();
  text += word;
  if (replaced.empty() || !is_upper(replaced[0])) return;
  const auto has_lower = [](std::string_view letters) {
    return std::ranges::any_of(letters, [](char c) { return c >= 'a' && c <= 'z'; });
  };
  const bool all = replaced.size() > 1 && !has_lower(replaced);
  const std::size_t first = std::min(replaced.find(' '), replaced.size());
  if (!all && first > 1 && !has_lower(replaced.substr(0, first))) return;  // "BMX bike"
  const std::size_t end = all ? text.size() : std::min(begin + 1, text.size());
  for (std::size_t i = begin; i < end; ++i) text[i] = upper(text[i]);
}

void append_article(std::string& text, std::string_view replaced, std::string_view word) {
  append_in_case(text, replaced.substr(0, 1), takes_an(word) ? "an" : "a");
}

bool apart(const eval::Span& a, const eval::Span& b) {
  return a.end <= b.begin || b.end <= a.begin;
}

// Two nodes of which each may be replaced without asking for the other's replacement.
bool independent(const NodeOptions& a, const NodeOptions& b) {
  if (!apart(a.span, b.span) || a.kind == NodeKind::kPlace || b.kind == NodeKind::kPlace)
    return false;
  const auto is_relation = [](const NodeOptions& node) {
    return node.kind == NodeKind::kVerb || node.kind == NodeKind::kPreposition;
  };
  if (is_relation(a) && is_relation(b)) return false;
  // A verb has to go with both of its ends, a preposition with what follows it.
  const auto touches = [](const NodeOptions& relation, const NodeOptions& other) {
    const bool verb = relation.kind == NodeKind::kVerb;
    return relation.object == other.object || (verb && relation.subject == other.object);
  };
  if (is_relation(a)) return !touches(a, b);
  if (is_relation(b)) return !touches(b, a);
  return a.object != b.object;
}

// Pairs of the options of two nodes, each once; neighbours differ in both.
struct PairWalk {
  std::size_t first = 0, second = 0;  // nodes
  std::size_t at = 0;
  bool next(std::size_t firsts, std::size_t seconds, std::size_t& i, std::size_t& j) {
    if (at >= firsts * seconds) return false;
    i = at % firsts;
    j = (at / firsts + i) % seconds;
    ++at;
    return true;
  }
};

class CaptionWriter {
 public:
  CaptionWriter(std::string_view caption, const Vocabulary& vocabulary,
                std::vector<NodeOptions> nodes)
      : caption_(caption), vocabulary_(vocabulary), nodes_(std::move(nodes)) {}

  CaptionRewrites write(std::size_t word_count, std::size_t phrase_count) {
    for (const NodeOptions& node : nodes_)
      rewrites_.nodes.push_back({node.kind, node.span, node.article});
    write_words(word_count);
    write_phrases(phrase_count);
    return std::move(rewrites_);
  }

 private:
  // One option of each node in turn.
  void write_words(std::size_t count) {
    std::size_t most = 0;
    for (const NodeOptions& node : nodes_) most = std::max(most, node.options.size());
    for (std::size_t round = 0; round < most; ++round) {
      for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (rewrites_.words.size() == count) return;
        const NodeOptions& node = nodes_[i];
        if (node.kind == NodeKind::kPlace || round >= node.options.size()) continue;
        const Replacement one{i, node.options[round].text};
        add(rewrites_.words, {&one, 1});
      }
    }
  }

  // Half of them phrases proper, half combinations; what one has too few of the other may fill.
  void write_phrases(std::size_t count) {
    std::vector<PairWalk> phrases, combinations;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].options.empty()) continue;
      if (nodes_[i].kind == NodeKind::kPlace) phrases.push_back({i, i});
      for (std::size_t j = i + 1; j < nodes_.size(); ++j) {
        if (nodes_[j].options.empty()) continue;
        if (describes(nodes_[j], nodes_[i])) phrases.push_back({i, j});
        if (independent(nodes_[i], nodes_[j])) combinations.push_back({i, j});
      }
    }
    write_pairs(phrases, (count + 1) / 2);
    write_pairs(combinations, count);
    write_pairs(phrases, count);
  }

  static bool describes(const NodeOptions& attribute, const NodeOptions& object) {
    return attribute.kind == NodeKind::kAttribute && object.kind == NodeKind::kObject &&
           attribute.object == object.object;
  }

  void write_pairs(std::vector<PairWalk>& walks, std::size_t count) {
    for (bool any = true; any;) {
      any = false;
      for (PairWalk& walk : walks) {
        if (rewrites_.phrases.size() == count) return;
        any |= write_next(walk);
      }
    }
  }

  // The walk's next phrase; false when there is none.
  bool write_next(PairWalk& walk) {
    const NodeOptions& first = nodes_[walk.first];
    const NodeOptions& second = nodes_[walk.second];
    if (walk.first == walk.second) {
      if (walk.at >= first.options.size()) return false;
      const Replacement one{walk.first, first.options[walk.at++].text};
      add(rewrites_.phrases, {&one, 1});
      return true;
    }
    std::size_t i = 0, j = 0;
    while (walk.next(first.options.size(), second.options.size(), i, j)) {
      if (!goes(first, first.options[i], second, second.options[j])) continue;
      const std::array<Replacement, 2> both = {Replacement{walk.first, first.options[i].text},
                                               Replacement{walk.second, second.options[j].text}};
      add(rewrites_.phrases, both);
      return true;
    }
    return false;
  }

  bool goes(const NodeOptions& first, const Option& option, const NodeOptions& second,
            const Option& other) const {
    if (option.text == other.text) return false;
    if (!describes(second, first)) return true;
    return vocabulary_.was_seen(attribute_context(vocabulary_.attributes[other.word].text),
                                option.word);
  }

  void add(std::vector<Rewrite>& list, std::span<const Replacement> replacements) {
    Rewrite rewrite{.text = replace_nodes(caption_, rewrites_.nodes, replacements),
                    .replacements = {},
                    .replaced = replacements.size()};
    std::copy(replacements.begin(), replacements.end(), rewrite.replacements.begin());
    list.push_back(std::move(rewrite));
  }

  std::string_view caption_;
  const Vocabulary& vocabulary_;
  std::vector<NodeOptions> nodes_;
  CaptionRewrites rewrites_;
};

}  // namespace

std::string replace_nodes(std::string_view caption, std::span<const RewrittenNode> nodes,
                          std::span<const Replacement> replacements, std::string_view mark) {
  std::array<Replacement, 2> ordered;
  const std::size_t count = std::min(replacements.size(), ordered.size());
  std::copy_n(replacements.begin(), count, ordered.begin());
  if (count == 2 && nodes[ordered[1].node].span.begin < nodes[ordered[0].node].span.begin)
    std::swap(ordered[0], ordered[1]);
  std::string text;
  text.reserve(caption.size() + 32);
  std::size_t done = 0;
  const auto copy_to = [&](std::size_t end) {
    text += caption.substr(done, end - done);
    done = end;
  };
  for (std::size_t i = 0; i < count; ++i) {
    const RewrittenNode& node = nodes[ordered[i].node];
    if (node.article.begin < node.article.end) {
      copy_to(node.article.begin);
      append_article(text, caption.substr(node.article.begin), ordered[i].text);
      done = node.article.end;
    }
    copy_to(node.span.begin);
    text += mark;
    append_in_case(text, caption.substr(node.span.begin, node.span.end - node.span.begin),
                   ordered[i].text);
    text += mark;
    done = node.span.end;
  }
  copy_to(caption.size());
  return text;
}

std::vector<CaptionRewrites> ImageRewriter::rewrite(const ImageCaptions& image,
                                                    std::span<const CaptionReading> readings,
                                                    std::uint64_t number) {
  picture_.start(readings, image);
  std::vector<CaptionRewrites> all;
  all.reserve(readings.size());
  for (std::size_t i = 0; i < readings.size(); ++i)
    all.push_back(rewrite_caption(image.captions[i].text, readings[i], number + i));
  return all;
}

CaptionRewrites ImageRewriter::rewrite_caption(std::string_view caption,
                                               const CaptionReading& reading,
                                               std::uint64_t number) {
  trainer::Random random(
      {.seed = options_.seed, .stream = trainer::stream_of("rewrites"), .sample = number});
  const std::size_t most = std::max(options_.word_count, options_.phrase_count);
  auto nodes = finder_.find(caption, reading, picture_, most, random);
  return CaptionWriter(caption, vocabulary_, std::move(nodes))
      .write(options_.word_count, options_.phrase_count);
}

}  // namespace unimo::stages
