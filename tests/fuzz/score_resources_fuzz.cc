// Any bytes as the word lists that scorers read, and as captions for the parser; the first byte
// chooses.
#include <cstdlib>

#include "evaluators/cider_frequencies.h"
#include "evaluators/meteor_resources.h"
#include "evaluators/rouge_stemmer.h"
#include "evaluators/scene_graph/scene_graph.h"
#include "evaluators/scene_graph/wordnet.h"
#include "tests/fuzz/fuzz_choice.h"
#include "tests/fuzz/fuzz_file.h"

namespace {

using namespace unimo::eval;  // NOLINT: one small file

// Every node says where it stands.
void parse(std::string_view caption) {
  const SceneGraph graph = parse_caption(caption);
  const auto check = [&](const Span& span) {
    if (span.begin > span.end || span.end > caption.size()) std::abort();
  };
  for (const auto& object : graph.objects) check(object.span);
  for (const auto& attribute : graph.attributes) check(attribute.span);
  for (const auto& relation : graph.relations) {
    check(relation.verb_span);
    check(relation.preposition_span);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned choice = unimo::stages::fuzz_choice(data, size, 8);
  const std::string_view text = unimo::stages::fuzz_text(data, size);
  if (choice == 0) {
    parse(text);
    return 0;
  }
  static const unimo::stages::FuzzFolder folder;
  const unimo::stages::FuzzFile file(data, size);
  switch (choice) {
    case 1: {
      for (const char* name : {"adj.exc", "adv.exc", "verb.exc"}) folder.write(name, "");
      folder.write("noun.exc", text);
      const auto lists = ExceptionLists::load(folder.path());
      if (lists) (void)rouge_stem("children", &*lists);
      break;
    }
    case 2: (void)MeteorSynonyms::read(file.path(), file.path()).has_value(); break;
    case 3: (void)ParaphraseTable::read(file.path()).has_value(); break;
    case 4: (void)NonbreakingPrefixes::read(file.path()).has_value(); break;
    case 5: (void)FunctionWords::read(file.path()).has_value(); break;
    case 6: {
      const auto frequencies = read_cider_frequencies(file.path());
      // What was read is written as it was, but for the order.
      if (frequencies && cider_frequencies_text(*frequencies).size() > size + 1) std::abort();
      break;
    }
    default:
      for (const char* name : {"index.verb", "index.adj", "index.adv", "verb.exc", "noun.exc"})
        folder.write(name, "");
      folder.write("index.noun", text);
      (void)WordNet::load(folder.path()).has_value();
  }
  return 0;
}
