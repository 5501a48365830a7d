#include "trainer/text/sentencepiece_training.h"

#include <sentencepiece_trainer.h>

#include <unordered_map>
#include <utility>
#include <vector>

#include "trainer/text/utf8.h"

namespace unimo::trainer {

namespace {

class Texts final : public sentencepiece::SentenceIterator {
 public:
  explicit Texts(std::span<const std::string> texts) : texts_(texts) {}
  bool done() const override { return next_ >= texts_.size(); }
  void Next() override { ++next_; }
  const std::string& value() const override { return texts_[next_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  std::span<const std::string> texts_;
  std::size_t next_ = 0;
};

}  // namespace

std::string clean_for_sentencepiece(std::string_view text) {
  std::string repaired = repair_utf8(text);
  std::erase(repaired, '\0');
  return repaired;
}

Result<std::string> train_sentencepiece(std::span<const std::string> texts, std::int64_t size,
                                        const std::map<std::string, std::string>& settings) {
  std::vector<std::string> cleaned;
  for (const std::string& text : texts) {
    std::string one = clean_for_sentencepiece(text);
    if (one.find_first_not_of(" \t\r\n") != one.npos) cleaned.push_back(std::move(one));
  }
  if (cleaned.empty()) {
    return fail(ErrorCode::kInvalid, "a vocabulary cannot be trained: there is no text");
  }
  std::unordered_map<std::string, std::string> arguments = {
      {"model_type", "unigram"},
      {"hard_vocab_limit", "false"},
      // All texts, in their order, by one thread: the same model every time.
      {"input_sentence_size", "0"},
      {"shuffle_input_sentence", "false"},
      {"num_threads", "1"},
      {"max_sentence_length", "1048576"},
      {"minloglevel", "4"},
  };
  for (const auto& [name, value] : settings) arguments[name] = value;
  Texts iterator(cleaned);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(arguments, &iterator, &model);
  if (!status.ok()) {
    return fail(ErrorCode::kInvalid, "a vocabulary of {} ids cannot be trained on {} texts: {}",
                size, cleaned.size(), status.ToString());
  }
  return model;
}

}  // namespace unimo::trainer
