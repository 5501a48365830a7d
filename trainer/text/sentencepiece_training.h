// Training of SentencePiece unigram models (Kudo 2018): the same texts and settings give the same
// model.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"

namespace unimo::trainer {

// What the library may be given: it crashes on some broken texts, so they are repaired, and no NUL.
std::string clean_for_sentencepiece(std::string_view text);

// The model's bytes. `size`: the ids that were asked for, for messages. `settings` are
// SentencePiece's own ("vocab_size", "unk_id", …) beside those that make training repeatable. Texts
// without a word are passed over. kInvalid when there is too little text for the settings.
Result<std::string> train_sentencepiece(std::span<const std::string> texts, std::int64_t size,
                                        const std::map<std::string, std::string>& settings);

}  // namespace unimo::trainer
