// Goes through the texts of benchmarks and of pre-training.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "orchestrator/base/result.h"
#include "orchestrator/stage/job.h"
#include "stages/decontaminate/held_texts.h"
#include "stages/decontaminate/leak_table.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

// Of the held-out splits: every part and target of examples, captions, texts and documents.
Status hold_texts(const InputItem& artifact, const std::set<std::string>& splits, HeldTexts& held);

enum class TextRemoval { kSentences, kDocuments, kNothing };

struct TextSearch {
  TextRemoval removal = TextRemoval::kSentences;
  int threads = 1;
};

struct TextsChecked {
  std::int64_t texts = 0, documents = 0, bytes = 0;
};

// Adds every text and document that has words of a held-out text to `leaks`. A text goes as a
// whole; of a document its sentences that have a part of the words, or all of it when no sentence
// has (words in a heading).
Result<TextsChecked> find_texts(StageContext& context, const InputItem& artifact,
                                const TextSearch& search, const HeldTexts& held, LeakTable& leaks);

}  // namespace unimo::stages
