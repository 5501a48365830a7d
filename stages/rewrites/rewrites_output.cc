#include "stages/rewrites/rewrites_output.h"

#include <utility>

namespace unimo::stages {

namespace {

void append_text_list(std::string& text, std::string_view key, const std::vector<Rewrite>& list) {
  if (list.empty()) return;
  append_json_text(text += ",", key);
  text += ":[";
  for (const Rewrite& rewrite : list) {
    if (&rewrite != &list.front()) text += ',';
    append_json_text(text, rewrite.text);
  }
  text += ']';
}

void append_replacements(std::string& text, std::string_view key,
                         const std::vector<Rewrite>& list) {
  if (list.empty()) return;
  append_json_text(text += ",", key);
  text += ":[";
  for (const Rewrite& rewrite : list) {
    if (&rewrite != &list.front()) text += ',';
    text += '[';
    for (std::size_t i = 0; i < rewrite.replaced; ++i) {
      if (i > 0) text += ',';
      text += std::to_string(rewrite.replacements[i].node);
      append_json_text(text += ",", rewrite.replacements[i].text);
    }
    text += ']';
  }
  text += ']';
}

void append_nodes(std::string& text, std::string_view caption,
                  const std::vector<RewrittenNode>& nodes) {
  text += ",\"nodes\":[";
  for (const RewrittenNode& node : nodes) {
    if (&node != &nodes.front()) text += ',';
    append_json_text(text += "[", name_of(node.kind));
    text += fmt::format(",{},{},", node.span.begin, node.span.end);
    append_json_text(text, caption.substr(node.span.begin, node.span.end - node.span.begin));
    text += ']';
  }
  text += ']';
}

// A list of what `append` writes of each item.
template <class Items, class Append>
void append_list(std::string& text, std::string_view key, const Items& items,
                 const Append& append) {
  append_json_text(text, key);
  text += ":[";
  for (const auto& item : items) {
    if (&item != &items.front()) text += ',';
    append(item);
  }
  text += ']';
}

void append_graph(std::string& text, const CaptionReading& reading) {
  text += ",\"graph\":{";
  append_list(text, "attributes", reading.attributes, [&](const AttributeNode& node) {
    append_json_text(text += fmt::format("[{},", node.object), node.lemma);
    text += ']';
  });
  append_list(text += ',', "objects", reading.objects,
              [&](const ObjectNode& node) { append_json_text(text, node.lemma); });
  append_list(text += ',', "relations", reading.relations, [&](const RelationNode& node) {
    append_json_text(text += fmt::format("[{},", node.subject), node.lemma());
    text += node.object == kNoNode ? "]" : fmt::format(",{}]", node.object);
  });
  text += '}';
}

}  // namespace

void append_json_text(std::string& json, std::string_view text) {
  json += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      json += c;
    }
  }
  json += '"';
}

void RewriteCounts::add(const CaptionRewrites& rewrites, const RewriteOptions& options) {
  ++captions;
  without_rewrites += rewrites.words.empty() && rewrites.phrases.empty() ? 1 : 0;
  words += static_cast<std::int64_t>(rewrites.words.size());
  phrases += static_cast<std::int64_t>(rewrites.phrases.size());
  full_words += rewrites.words.size() == options.word_count ? 1 : 0;
  full_phrases += rewrites.phrases.size() == options.phrase_count ? 1 : 0;
  for (const auto* list : {&rewrites.words, &rewrites.phrases})
    for (const Rewrite& rewrite : *list)
      for (std::size_t i = 0; i < rewrite.replaced; ++i)
        ++replaced[static_cast<std::size_t>(rewrites.nodes[rewrite.replacements[i].node].kind)];
}

void RewriteCounts::add(const RewriteCounts& other) {
  captions += other.captions;
  without_rewrites += other.without_rewrites;
  words += other.words;
  phrases += other.phrases;
  full_words += other.full_words;
  full_phrases += other.full_phrases;
  for (std::size_t i = 0; i < replaced.size(); ++i) replaced[i] += other.replaced[i];
}

void append_contrast_line(std::string& text, std::string_view id, const CaptionRewrites& rewrites) {
  if (rewrites.words.empty() && rewrites.phrases.empty()) return;
  append_json_text(text += "{\"caption\":", id);
  append_text_list(text, "phrase_negatives", rewrites.phrases);
  append_text_list(text, "word_negatives", rewrites.words);
  text += "}\n";
}

void append_rewrite_line(std::string& text, const RewrittenCaption& of) {
  const CaptionRewrites& rewrites = of.rewrites;
  if (rewrites.words.empty() && rewrites.phrases.empty()) return;
  append_json_text(text += "{\"caption\":", of.caption.id);
  append_graph(text, of.reading);
  append_json_text(text += ",\"image\":", of.image);
  append_nodes(text, of.caption.text, rewrites.nodes);
  append_replacements(text, "phrases", rewrites.phrases);
  append_json_text(text += ",\"text\":", of.caption.text);
  append_replacements(text, "words", rewrites.words);
  text += "}\n";
}

Json vocabulary_json(const Vocabulary& vocabulary) {
  Json json = {{"format", "unimo.rewrite_vocabulary"},
               {"version", 1},
               {"objects", Json::array()},
               {"attributes", Json::array()},
               {"verbs", Json::array()},
               {"prepositions", Json::array()},
               {"places", Json::array()}};
  for (const ObjectWord& word : vocabulary.objects.words) {
    json["objects"].push_back(
        {{"text", word.text}, {"count", word.count}, {"forms", {word.singular, word.plural}}});
  }
  for (const AttributeWord& word : vocabulary.attributes.words)
    json["attributes"].push_back({{"text", word.text}, {"count", word.count}});
  for (const VerbWord& word : vocabulary.verbs.words)
    json["verbs"].push_back({{"text", word.text}, {"count", word.count}});
  for (const PrepositionWord& word : vocabulary.prepositions.words)
    json["prepositions"].push_back({{"text", word.text}, {"count", word.count}});
  for (const PlaceWords& place : vocabulary.places)
    json["places"].push_back({{"text", place.text}, {"count", place.count}});
  return json;
}

Json statistics_json(const Vocabulary& vocabulary, const RewriteCounts& counts,
                     const RuleCounts& refused) {
  const CorpusCounts& corpus = vocabulary.counts;
  Json rules = Json::object(), kinds = Json::object();
  for (std::size_t i = 0; i < kRules; ++i)
    rules[std::string(name_of(static_cast<Rule>(i)))] = refused.of[i];
  for (std::size_t i = 0; i < counts.replaced.size(); ++i) {
    const std::string name(name_of(static_cast<NodeKind>(i)));
    kinds[name] = kinds.value(name, std::int64_t{0}) + counts.replaced[i];
  }
  return {{"format", "unimo.rewrites"},
          {"version", 1},
          {"images", corpus.images},
          {"captions", corpus.captions},
          {"captions_of_split", corpus.captions_of_split},
          {"parsing",
           {{"without_words", corpus.empty},
            {"without_object", corpus.without_object},
            {"with_unknown_words", corpus.with_unknown_words},
            {"unknown_words", corpus.unknown_words}}},
          {"vocabulary",
           {{"objects", vocabulary.objects.size()},
            {"attributes", vocabulary.attributes.size()},
            {"verbs", vocabulary.verbs.size()},
            {"prepositions", vocabulary.prepositions.size()},
            {"places", vocabulary.places.size()}}},
          {"rewrites", {{"word", counts.words}, {"phrase", counts.phrases}}},
          {"replaced", kinds},
          {"captions_without_rewrites", counts.without_rewrites},
          {"captions_with_all", {{"word", counts.full_words}, {"phrase", counts.full_phrases}}},
          {"refused", rules}};
}

}  // namespace unimo::stages
