#include "stages/pack/pack.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "orchestrator/base/file.h"
#include "orchestrator/stage/stage.h"
#include "stages/pack/collect.h"
#include "stages/pack/contrasts.h"
#include "stages/pack/excluded_texts.h"
#include "stages/pack/text_packer.h"
#include "stages/pack/tfidf.h"
#include "stages/schema/pack.h"
#include "trainer/data/pack.h"
#include "trainer/data/random.h"
#include "trainer/text/byte_bpe.h"
#include "trainer/text/sentencepiece_vocabulary.h"

namespace unimo::stages {

namespace {

using trainer::PackedCaption;
using trainer::PackedImage;
using trainer::ShardWriter;
using trainer::TokenId;
using trainer::Tokenizer;

struct Totals {
  std::map<std::string, std::map<std::string, std::int64_t>> counts;  // kind, split
  std::int64_t tokens = 0, caption_tokens = 0, unknown = 0;
  std::int64_t captions_cut = 0;
  PackedTexts texts;
  ContrastCounts contrasts;
};

// SentencePiece's own bound (max_sentence_length). What is longer is hardly a sentence, but it
// counts as one among those that the vocabulary is made of.
constexpr std::size_t kSentenceBytes = 4192;
constexpr std::size_t kProgressBytes = 16 << 20;

// Not longer than kSentenceBytes, without a part of a character at the end.
std::string_view front_of(std::string_view sentence) {
  if (sentence.size() <= kSentenceBytes) return sentence;
  std::size_t end = kSentenceBytes;
  while (end > 0 && (static_cast<unsigned char>(sentence[end]) & 0xC0) == 0x80) --end;
  return sentence.substr(0, end);
}

Status check_stop() {
  return StageContext::stop_requested() ? fail(ErrorCode::kCancelled, "asked to stop") : ok();
}

class Packer {
 public:
  Packer(StageContext& context, PackParams params)
      : context_(context), params_(std::move(params)) {}

  Status run() {
    UNIMO_TRY(check_inputs());
    regions_ = UNIMO_TRY(RegionSources::open(context_.inputs("regions")));
    UNIMO_TRY(collect());
    UNIMO_TRY(make_tokenizer());
    UNIMO_TRY(tokenize_captions());
    UNIMO_TRY(write_texts());
    UNIMO_TRY(quarantine_.enforce(params_.max_bad_share));
    find_negatives();
    UNIMO_TRY(write_sentences());
    UNIMO_TRY(write_images());
    UNIMO_TRY(write_captions());
    UNIMO_TRY(tokenizer_->save(context_.output() / "tokenizer"));
    UNIMO_TRY(quarantine_.write(context_.output() / "quarantine.jsonl"));
    UNIMO_TRY(write_json(context_.output() / "pack.json", to_json(info())));
    report();
    return ok();
  }

 private:
  Status check_inputs() const;
  Status collect();
  Status make_tokenizer();
  Result<std::vector<std::string>> training_texts() const;
  Status tokenize_captions();
  Status write_texts();
  void count_texts(const PackedTexts& texts);
  void find_negatives();
  Status write_sentences();
  Status write_images();
  Status write_captions();
  trainer::PackInfo info() const;
  void report();

  bool trains(std::uint32_t split) const {
    return std::ranges::find(params_.train_splits, kPackSplits[split]) !=
           params_.train_splits.end();
  }
  void count(const std::string& kind, std::uint32_t split) {
    ++totals_.counts[kind][std::string(kPackSplits[split])];
  }
  void count_ids(std::span<const TokenId> ids) {
    totals_.tokens += static_cast<std::int64_t>(ids.size());
    totals_.unknown += std::ranges::count(ids, trainer::kUnkId);
  }

  StageContext& context_;
  PackParams params_;
  Quarantine quarantine_;
  RegionSources regions_;
  ExcludedTexts excluded_texts_;
  Pairs pairs_;
  std::unique_ptr<Tokenizer> tokenizer_;
  Totals totals_;
};

Status Packer::check_inputs() const {
  if (!context_.has_input("pairs") && !context_.has_input("texts")) {
    return fail(ErrorCode::kInvalid,
                "pack: neither an input pairs nor an input texts; it needs one of them");
  }
  if (context_.has_input("pairs") != context_.has_input("regions")) {
    return fail(ErrorCode::kInvalid,
                "pack: the inputs pairs and regions belong together; {} is missing",
                context_.has_input("pairs") ? "regions" : "pairs");
  }
  for (const std::string& split : params_.train_splits) {
    if (!is_known_split(split)) {
      return fail(ErrorCode::kInvalid, "pack: train_splits: unknown split \"{}\"; known: {}", split,
                  fmt::join(kPackSplits, ", "));
    }
  }
  return ok();
}

Status Packer::collect() {
  auto excluded = UNIMO_TRY(read_excluded(context_.inputs("exclude")));
  excluded.insert(params_.exclude.begin(), params_.exclude.end());
  excluded_texts_ = UNIMO_TRY(ExcludedTexts::read(context_.inputs("exclude_texts")));
  pairs_ = UNIMO_TRY(collect_pairs(context_.inputs("pairs"), regions_, excluded, quarantine_));
  return ok();
}

Status Packer::make_tokenizer() {
  const PackTokenizerParams& params = params_.tokenizer;
  if (params.kind == "sentencepiece") {
    const auto texts = UNIMO_TRY(training_texts());
    tokenizer_ = UNIMO_TRY(trainer::SentencePieceVocabulary::train(
        texts, {.vocabulary_size = params.vocab_size,
                .character_coverage = params.character_coverage,
                .lower_case = params.lower_case}));
    context_.events().note("info", fmt::format("trained a vocabulary of {} ids on {} texts",
                                               tokenizer_->vocabulary_size(), texts.size()));
    return ok();
  }
  std::filesystem::path folder = params.bpe_dir;
  if (context_.has_input("bpe")) folder = UNIMO_TRY(context_.input("bpe"));
  if (folder.empty()) {
    return fail(ErrorCode::kInvalid,
                "pack: tokenizer.kind is bpe, but there is neither an input bpe nor "
                "tokenizer.bpe_dir: name the "
                "folder of encoder.json, vocab.bpe and vocab.txt");
  }
  tokenizer_ = UNIMO_TRY(trainer::ByteBpe::load(folder));
  return ok();
}

// Captions, then texts and sentences of documents, of the training splits; a fair sample where
// there are more than wanted (Waterman's reservoir), so that a long corpus need not fit into
// memory.
Result<std::vector<std::string>> Packer::training_texts() const {
  std::vector<std::string> kept;
  const auto most = static_cast<std::size_t>(params_.tokenizer.training_texts);
  trainer::Random random(
      {.seed = context_.seed(), .stream = trainer::stream_of("pack.training_texts")});
  std::uint64_t seen = 0;
  const auto offer = [&](std::string_view text) {
    ++seen;
    if (kept.size() < most) {
      kept.emplace_back(text);
    } else if (const std::uint64_t place = random.below(seen); place < most) {
      kept[static_cast<std::size_t>(place)] = text;
    }
  };
  for (const PackedCaption& caption : pairs_.captions) {
    if (trains(caption.split)) offer(caption.text);
  }
  const auto use = [&](const SourceText& source) {
    const DocumentRecord& record = source.record;
    if (!trains(split_number(record.split)) || excluded_texts_.has(record.id)) return check_stop();
    if (!source.is_document) offer(record.text);
    for (std::size_t i = 0; i < record.sentences.size(); ++i) {
      const auto [begin, end] = record.sentences[i];
      if (excluded_texts_.has_sentence(record.id, i)) continue;
      offer(front_of(std::string_view(record.text).substr(begin, end - begin)));
    }
    return check_stop();
  };
  UNIMO_TRY(for_each_text(context_.inputs("texts"), use));
  return kept;
}

Status Packer::tokenize_captions() {
  const auto most = static_cast<std::size_t>(params_.max_caption_tokens);
  std::vector<PackedCaption> kept;
  kept.reserve(pairs_.captions.size());
  for (PackedCaption& caption : pairs_.captions) {
    caption.ids = tokenizer_->encode(caption.text);
    if (caption.ids.empty()) {
      quarantine_.add(
          Item::kCaption,
          {.source = "captions", .id = caption.id, .reason = "no_tokens", .detail = caption.text});
      continue;
    }
    if (caption.ids.size() > most) {
      caption.ids.resize(most);
      ++totals_.captions_cut;
    }
    count_ids(caption.ids);
    count("captions", caption.split);
    kept.push_back(std::move(caption));
  }
  totals_.caption_tokens = totals_.tokens;
  pairs_.captions = std::move(kept);
  return check_stop();
}

Status Packer::write_texts() {
  auto writer =
      UNIMO_TRY(ShardWriter::create(context_.output() / "texts.shard", {{"schema", "texts"}}));
  TextPacker packer(*tokenizer_, excluded_texts_,
                    {.most = static_cast<std::size_t>(params_.max_text_tokens),
                     .threads = context_.job().resources.cores},
                    writer, quarantine_);
  std::size_t bytes = 0;
  const auto use = [&](SourceText& text) -> Status {
    const std::size_t before = bytes;
    bytes += text.record.text.size();
    UNIMO_TRY(packer.add(std::move(text)));
    if (bytes / kProgressBytes != before / kProgressBytes)
      context_.events().progress(static_cast<std::int64_t>(bytes >> 20), 0, "MiB of text");
    return check_stop();
  };
  UNIMO_TRY(for_each_text(context_.inputs("texts"), use));
  UNIMO_TRY(packer.finish());
  count_texts(packer.packed());
  return writer.finish();
}

void Packer::count_texts(const PackedTexts& texts) {
  totals_.tokens += texts.tokens;
  totals_.unknown += texts.unknown;
  if (!texts.records.empty()) totals_.counts["texts"] = texts.records;
  if (!texts.documents.empty()) totals_.counts["documents"] = texts.documents;
  if (!texts.sentences.empty()) totals_.counts["sentences"] = texts.sentences;
  totals_.texts = texts;
}

void Packer::find_negatives() {
  std::vector<std::uint32_t> numbers, images;
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < pairs_.captions.size(); ++i) {
    const PackedCaption& caption = pairs_.captions[i];
    if (!trains(caption.split)) continue;
    numbers.push_back(i);
    images.push_back(caption.image);
    texts.push_back(caption.text);
  }
  const auto nearest =
      nearest_texts(texts, images,
                    {.count = static_cast<std::size_t>(params_.negatives),
                     .duplicate = params_.duplicate_similarity,
                     .new_words = static_cast<std::size_t>(params_.new_words),
                     .threads = static_cast<unsigned>(context_.job().resources.cores)});
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    auto& negatives = pairs_.captions[numbers[i]].negatives;
    for (const std::uint32_t neighbour : nearest[i]) negatives.push_back(numbers[neighbour]);
  }
}

Status Packer::write_sentences() {
  auto writer = UNIMO_TRY(
      ShardWriter::create(context_.output() / "sentences.shard", {{"schema", "sentences"}}));
  Contrasts contrasts(pairs_, *tokenizer_,
                      {.most_tokens = static_cast<std::size_t>(params_.max_caption_tokens),
                       .trains = [this](std::uint32_t split) { return trains(split); }},
                      writer);
  for (const InputItem& artifact : context_.inputs("contrasts")) {
    UNIMO_TRY(contrasts.add(artifact.path));
    UNIMO_TRY(check_stop());
  }
  totals_.contrasts = contrasts.counts();
  return writer.finish();
}

Status Packer::write_images() {
  auto images =
      UNIMO_TRY(ShardWriter::create(context_.output() / "images.shard", {{"schema", "images"}}));
  for (const PackedImage& image : pairs_.images) {
    UNIMO_TRY(images.add(encode_record(image)));
    count("images", image.split);
  }
  UNIMO_TRY(images.finish());

  const trainer::RegionsInfo& info = regions_.info();
  const std::uint32_t views = pairs_.images.empty() ? 0 : info.views;
  auto regions = UNIMO_TRY(ShardWriter::create(
      context_.output() / "regions.shard",
      {{"schema", "regions"}, {"feature_size", info.feature_size}, {"views", views}}));
  const auto total = static_cast<std::int64_t>(pairs_.images.size() * views);
  for (std::uint32_t view = 0; view < views; ++view) {
    for (const PackedImage& image : pairs_.images) {
      const auto record = UNIMO_TRY(regions_.record(image.id, view));
      UNIMO_TRY(regions.add(record));
      if (regions.count() % 1000 == 0) {
        context_.events().progress(static_cast<std::int64_t>(regions.count()), total, "images");
        UNIMO_TRY(check_stop());
      }
    }
  }
  return regions.finish();
}

Status Packer::write_captions() {
  auto writer = UNIMO_TRY(
      ShardWriter::create(context_.output() / "captions.shard", {{"schema", "captions"}}));
  for (const PackedCaption& caption : pairs_.captions)
    UNIMO_TRY(writer.add(encode_record(caption)));
  return writer.finish();
}

trainer::PackInfo Packer::info() const {
  const trainer::RegionsInfo& regions = regions_.info();
  return {.tokenizer = tokenizer_->describe(),
          .feature_size = regions.feature_size,
          .classes = regions.classes,
          .extractor = regions.extractor,
          .views = pairs_.images.empty() ? 0 : regions.views,
          .splits = {kPackSplits.begin(), kPackSplits.end()},
          .counts = Json(totals_.counts)};
}

void Packer::report() {
  EventWriter& events = context_.events();
  for (const std::string kind : {"images", "captions", "texts", "documents", "sentences"}) {
    std::int64_t total = 0;
    for (const auto& [split, number] : totals_.counts[kind]) total += number;
    events.count(kind, total);
  }
  events.count("captions.cut", totals_.captions_cut);
  events.count("texts.split", totals_.texts.texts_split);
  events.count("sentences.split", totals_.texts.sentences_split);
  events.count("images.excluded", pairs_.excluded_images);
  events.count("texts.excluded", totals_.texts.texts_excluded);
  events.count("documents.excluded", totals_.texts.documents_excluded);
  events.count("sentences.excluded", totals_.texts.sentences_excluded);
  events.count("regions.unused", pairs_.unused_regions);
  if (context_.has_input("contrasts")) {
    const ContrastCounts& contrasts = totals_.contrasts;
    events.count("contrasts.sentences", contrasts.sentences);
    events.count("contrasts.other_captions", contrasts.other_captions);
    events.count("contrasts.other_images", contrasts.other_images);
    events.count("contrasts.repeated", contrasts.repeated);
    events.count("contrasts.empty", contrasts.empty);
  }
  quarantine_.report(events);
  if (!pairs_.captions.empty()) {
    events.metric("caption_tokens", static_cast<double>(totals_.caption_tokens) /
                                        static_cast<double>(pairs_.captions.size()));
  }
  if (totals_.tokens > 0) {
    events.metric("unknown_share",
                  static_cast<double>(totals_.unknown) / static_cast<double>(totals_.tokens));
  }
}

}  // namespace

Status run_pack(StageContext& context) {
  return Packer(context, UNIMO_TRY(context.params<PackParams>())).run();
}

}  // namespace unimo::stages
