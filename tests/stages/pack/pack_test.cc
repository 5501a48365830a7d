#include "stages/pack/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "orchestrator/base/file.h"
#include "orchestrator/base/hash.h"
#include "orchestrator/stage/stage.h"
#include "stages/ingest/quarantine.h"
#include "stages/ingest/records.h"
#include "stages/pack/excluded_texts.h"
#include "stages/schema/pack.h"
#include "trainer/data/pack.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using trainer::PackReader;

// Two artifacts of pairs with one image in val, regions in two shards, and texts.
class Pack : public testing::Test {
 protected:
  void SetUp() override {
    add_pairs("flickr", {"1", "2", "3"}, "val");
    add_pairs("coco", {"10", "11"}, "restval");
    add_regions("shard0", {"1", "2", "10"});
    add_regions("shard1", {"3", "11"});
    params_.tokenizer.vocab_size = 60;
    params_.negatives = 4;
  }

  // Two captions an image; the last image is in `last_split`, the others in train.
  void add_pairs(const std::string& name, const std::vector<std::string>& ids,
                 const std::string& last_split) {
    auto writer = *RecordsWriter::create(folder_.path() / name, name);
    for (const auto& id : ids) {
      const std::string split = id == ids.back() ? last_split : "train";
      EXPECT_TRUE(
          writer.add_image({.id = id, .width = 64, .height = 48, .split = split}, "bytes", "jpg"));
      for (const char* what :
           {" dog runs on the grass with a ball", " dog sleeps in a small house"}) {
        const std::string caption_id = id + (what[5] == 'r' ? "#0" : "#1");
        EXPECT_TRUE(
            writer.add_caption({.id = caption_id, .image = id, .text = "The number " + id + what}));
      }
    }
    EXPECT_TRUE(writer.finish(Quarantine()));
    inputs_["pairs"].push_back({.path = folder_.path() / name, .label = name});
  }

  void add_regions(const std::string& name, const std::vector<std::string>& ids,
                   std::uint32_t feature_size = 2) {
    const fs::path folder = folder_.path() / name;
    EXPECT_TRUE(make_directories(folder));
    auto writer = *trainer::ShardWriter::create(folder / "regions.shard", {{"schema", "regions"}});
    for (const std::uint32_t view : {0U, 1U}) {
      for (const auto& id : ids) {
        const trainer::RegionRecord record{
            .id = id,
            .split = "train",
            .view = view,
            .width = 64,
            .height = 48,
            .count = 1,
            .feature_size = feature_size,
            .boxes = {0, 0, 1, 1},
            .features =
                std::vector<float>(feature_size, std::stof(id) + 0.5F * static_cast<float>(view))};
        EXPECT_TRUE(writer.add(*encode_regions(record)));
      }
    }
    EXPECT_TRUE(writer.finish());
    const trainer::RegionsInfo info{.extractor = "windows",
                                    .feature_size = feature_size,
                                    .views = 2,
                                    .images = ids.size(),
                                    .fitted_on = "train"};
    EXPECT_TRUE(write_json(folder / "regions.json", to_json(info)));
    inputs_["regions"].push_back({.path = folder, .label = name});
  }

  void add_texts(const std::string& name, const std::vector<std::string>& texts) {
    auto writer = *RecordsWriter::create(folder_.path() / name, "text");
    for (std::size_t i = 0; i < texts.size(); ++i) {
      EXPECT_TRUE(writer.add_text(
          {.id = name + std::to_string(i), .text = texts[i], .split = i == 0 ? "train" : "val"}));
    }
    EXPECT_TRUE(writer.finish(Quarantine()));
    inputs_["texts"].push_back({.path = folder_.path() / name, .label = name});
  }

  // Documents with the sentences that line feeds part; the last one is in val.
  void add_documents(const std::string& name, const std::vector<std::string>& texts) {
    auto writer = *RecordsWriter::create(folder_.path() / name, name);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      DocumentRecord document{.id = name + std::to_string(i),
                              .title = "Title",
                              .text = texts[i] + "\n",
                              .split = i + 1 == texts.size() ? "val" : "train"};
      for (std::size_t begin = 0; begin < document.text.size();) {
        const std::size_t end = document.text.find('\n', begin);
        document.sentences.push_back({begin, end});
        begin = end + 1;
      }
      EXPECT_TRUE(writer.add_document(document));
    }
    EXPECT_TRUE(writer.finish(Quarantine()));
    inputs_["texts"].push_back({.path = folder_.path() / name, .label = name});
  }

  void exclude_texts(const std::string& lines) {
    EXPECT_TRUE(write_file(folder_.path() / "exclude_texts.txt", lines));
    inputs_["exclude_texts"] = {{.path = folder_.path() / "exclude_texts.txt"}};
  }

  // The texts of a pack, in their order.
  static std::vector<std::string> texts_of(const PackReader& pack) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < pack.texts(); ++i)
      texts.push_back(pack.tokenizer().decode(pack.text(i).value().ids));
    return texts;
  }

  std::int64_t told(const std::string& count) const {
    std::int64_t total = -1;
    const auto lines = read_lines(folder_.path() / "events.jsonl").value();
    for (const std::string& line : lines) {
      const Event event = parse_event(line).value();
      if (event.type == EventType::kCount && event.name == count)
        total = static_cast<std::int64_t>(event.value);
    }
    return total;
  }

  Job job(const std::string& output = "pack") {
    Job job{.task = "pack", .kind = "pack", .params = write_fields(params_), .inputs = inputs_};
    job.output = folder_.path() / output;
    job.events = folder_.path() / "events.jsonl";
    job.resources.cores = cores_;
    EXPECT_TRUE(make_directories(job.output));
    return job;
  }

  Status pack(const std::string& output = "pack") {
    const Job job = this->job(output);
    auto events = *EventWriter::open(job.events);
    StageContext context(job, events);
    return run_pack(context);
  }

  std::string pack_error() {
    const Status status = pack();
    return status ? "" : status.error().message;
  }

  PackReader packed() {
    const Status status = pack();
    EXPECT_TRUE(status.has_value()) << status.error().message;
    auto reader = PackReader::open(folder_.path() / "pack");
    EXPECT_TRUE(reader.has_value()) << reader.error().message;
    return *std::move(reader);
  }

  TempDir folder_ = *TempDir::make("pack");
  std::map<std::string, std::vector<InputItem>> inputs_;
  PackParams params_;
  int cores_ = 1;
};

TEST_F(Pack, JoinsArtifactsInTheirOrder) {
  const PackReader pack = packed();
  ASSERT_EQ(pack.images(), 5U);
  EXPECT_EQ(pack.captions(), 10U);
  for (std::size_t i = 0; i < pack.images(); ++i) {
    const std::string id = std::vector<std::string>{"1", "2", "3", "10", "11"}[i];
    EXPECT_EQ(pack.image(i).id, id);
    EXPECT_EQ(pack.find_image(id), i);
    for (const std::uint32_t view : {0U, 1U}) {
      const auto regions = pack.regions(i, view);
      ASSERT_TRUE(regions.has_value()) << regions.error().message;
      EXPECT_EQ(regions->id(), id);
      EXPECT_FLOAT_EQ(regions->decode().features[0],
                      std::stof(id) + 0.5F * static_cast<float>(view));
    }
  }
}

TEST_F(Pack, ListsImagesAndCaptionsBySplit) {
  const PackReader pack = packed();
  EXPECT_THAT(pack.images_of_split("train"), ElementsAre(0, 1, 3));
  EXPECT_THAT(pack.images_of_split("val"), ElementsAre(2));
  EXPECT_THAT(pack.images_of_split("restval"), ElementsAre(4));
  EXPECT_THAT(pack.images_of_split("no such split"), ElementsAre());
  EXPECT_THAT(pack.captions_of_image(2), ElementsAre(4, 5));
  EXPECT_THAT(pack.captions_of_split("val"), ElementsAre(4, 5));
  EXPECT_EQ(pack.info().counts["captions"]["train"], 6);
}

TEST_F(Pack, KeepsCaptionsWithTheirIds) {
  const PackReader pack = packed();
  const auto caption = pack.caption(4);
  ASSERT_TRUE(caption.has_value());
  EXPECT_EQ(caption->id, "3#0");
  EXPECT_EQ(caption->text, "The number 3 dog runs on the grass with a ball");
  EXPECT_EQ(caption->image, 2U);
  EXPECT_EQ(caption->ids, pack.tokenizer().encode(caption->text));
  EXPECT_EQ(pack.caption_length(4), caption->ids.size());
  EXPECT_EQ(pack.image_of_caption(4), 2U);
}

TEST_F(Pack, GivesTrainingCaptionsNegativesOfOtherImages) {
  const PackReader pack = packed();
  for (std::size_t i = 0; i < pack.captions(); ++i) {
    const auto caption = *pack.caption(i);
    const bool in_val = pack.info().splits[caption.split] == "val";
    EXPECT_EQ(caption.negatives.empty(), in_val);
    for (const std::uint32_t negative : caption.negatives) {
      EXPECT_NE(pack.image_of_caption(negative), caption.image);
      EXPECT_NE(pack.info().splits[pack.caption(negative)->split], "val");
    }
  }
  // The same sentence about another image comes first.
  EXPECT_THAT(pack.caption(pack.caption(0)->negatives[0])->text, HasSubstr("runs on the grass"));
}

TEST_F(Pack, IsTheSameEveryTime) {
  add_texts("books", {"One text of many words.", "Another."});
  ASSERT_TRUE(pack("first"));
  ASSERT_TRUE(pack("second"));
  EXPECT_EQ(tree_digest(*hash_tree(folder_.path() / "first")),
            tree_digest(*hash_tree(folder_.path() / "second")));
}

TEST_F(Pack, CutsLongCaptionsButKeepsTheirText) {
  params_.max_caption_tokens = 3;
  const PackReader pack = packed();
  EXPECT_EQ(pack.caption(0)->ids.size(), 3U);
  EXPECT_EQ(pack.caption(0)->text, "The number 1 dog runs on the grass with a ball");
  EXPECT_THAT(*read_file(folder_.path() / "events.jsonl"), HasSubstr(R"("captions.cut")"));
}

TEST_F(Pack, SplitsLongTextsIntoEvenParts) {
  add_texts("books",
            {"one dog two dogs three dogs four dogs five dogs six dogs seven dogs", "a dog"});
  params_.max_text_tokens = 10;
  const PackReader pack = packed();
  const auto train = pack.texts_of_split("train");
  ASSERT_GT(train.size(), 1U);
  std::vector<trainer::TokenId> joined;
  for (const std::uint32_t i : train) {
    const auto ids = pack.text(i)->ids;
    EXPECT_LE(ids.size(), 10U);
    EXPECT_GE(ids.size(), 5U);
    EXPECT_EQ(pack.text_length(i), ids.size());
    joined.insert(joined.end(), ids.begin(), ids.end());
  }
  EXPECT_EQ(pack.tokenizer().decode(joined),
            "one dog two dogs three dogs four dogs five dogs six dogs seven dogs");
  EXPECT_EQ(pack.texts_of_split("val").size(), 1U);
}

TEST_F(Pack, WorksWithTextsAlone) {
  inputs_.clear();
  add_texts("books", {"Many words make a text, and a text makes a vocabulary of many words."});
  const PackReader pack = packed();
  EXPECT_EQ(pack.images(), 0U);
  EXPECT_EQ(pack.info().views, 0U);
  EXPECT_EQ(pack.texts(), 1U);
}

TEST_F(Pack, LeavesExcludedImagesOut) {
  params_.exclude = {"2"};
  ASSERT_TRUE(write_file_atomic(folder_.path() / "ids.txt", "11\n\n  10 \n"));
  inputs_["exclude"].push_back({.path = folder_.path() / "ids.txt"});
  const PackReader pack = packed();
  EXPECT_EQ(pack.images(), 2U);
  EXPECT_EQ(pack.captions(), 4U);
  EXPECT_EQ(pack.find_image("2"), std::nullopt);
}

TEST_F(Pack, RefusesTooManyImagesWithoutRegions) {
  inputs_["regions"].pop_back();
  EXPECT_THAT(pack_error(), HasSubstr("no_regions"));
}

TEST_F(Pack, QuarantinesAFewImagesWithoutRegions) {
  inputs_["regions"].pop_back();
  params_.max_bad_share = 0.5;
  const PackReader pack = packed();
  EXPECT_EQ(pack.images(), 3U);
  EXPECT_EQ(pack.captions(), 6U);
  const std::string quarantine = *read_file(folder_.path() / "pack/quarantine.jsonl");
  EXPECT_THAT(quarantine, HasSubstr(R"("reason":"no_regions")"));
  EXPECT_THAT(quarantine, HasSubstr(R"("reason":"image_without_regions")"));
  EXPECT_THAT(*read_file(folder_.path() / "events.jsonl"), HasSubstr("quarantine.no_regions"));
}

TEST_F(Pack, RefusesTwoImagesOfOneName) {
  add_pairs("again", {"1"}, "train");
  EXPECT_THAT(pack_error(), HasSubstr("image 1 is in flickr and in again"));
}

TEST_F(Pack, RefusesRegionsThatDoNotAgree) {
  add_regions("shard2", {"12"}, 3);
  EXPECT_THAT(pack_error(), HasSubstr("one pack needs one kind of regions"));
}

TEST_F(Pack, RefusesTheSameImageInTwoShards) {
  add_regions("shard2", {"11"});
  EXPECT_THAT(pack_error(), HasSubstr("image 11 has regions in"));
}

TEST_F(Pack, SaysWhichInputIsMissing) {
  inputs_.erase("regions");
  EXPECT_THAT(pack_error(), HasSubstr("regions is missing"));
  inputs_.clear();
  EXPECT_THAT(pack_error(), HasSubstr("neither an input pairs nor an input texts"));
}

TEST_F(Pack, RefusesAnUnknownSplit) {
  params_.train_splits = {"trian"};
  EXPECT_THAT(pack_error(), HasSubstr("unknown split \"trian\""));
}

TEST_F(Pack, AsksForTheBytePairs) {
  params_.tokenizer.kind = "bpe";
  EXPECT_THAT(pack_error(), HasSubstr("name the folder of encoder.json"));
}

TEST_F(Pack, SpeaksThePublishedBytePairs) {
  if (!fs::exists(UNIMO_SHARED_DATA "/bpe")) GTEST_SKIP() << "no " UNIMO_SHARED_DATA "/bpe";
  params_.tokenizer.kind = "bpe";
  inputs_["bpe"].push_back({.path = UNIMO_SHARED_DATA "/bpe"});
  const PackReader pack = packed();
  EXPECT_EQ(pack.tokenizer().vocabulary_size(), 50265U);
  EXPECT_THAT(pack.caption(0)->ids, testing::SizeIs(11));
  EXPECT_EQ(pack.info().tokenizer["unicode"], "15.0.0");
}

TEST_F(Pack, ReaderNamesTheDamagedShard) {
  ASSERT_TRUE(pack());
  const fs::path path = folder_.path() / "pack/captions.shard";
  std::string bytes = *read_file(path);
  bytes[130] = static_cast<char>(bytes[130] ^ 1);
  ASSERT_TRUE(write_file_atomic(path, bytes));
  const auto reader = PackReader::open(folder_.path() / "pack");
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, ErrorCode::kIntegrity);
  EXPECT_THAT(reader.error().message, HasSubstr("captions.shard: record 0"));
}

TEST_F(Pack, ReaderRefusesAMissingPart) {
  ASSERT_TRUE(pack());
  ASSERT_TRUE(remove_tree(folder_.path() / "pack/texts.shard"));
  const auto reader = PackReader::open(folder_.path() / "pack");
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message, HasSubstr("texts.shard"));
}

TEST_F(Pack, ReaderRefusesShardsThatDoNotBelongTogether) {
  ASSERT_TRUE(pack());
  inputs_["pairs"].pop_back();
  ASSERT_TRUE(pack("smaller"));
  fs::copy_file(folder_.path() / "smaller/images.shard", folder_.path() / "pack/images.shard",
                fs::copy_options::overwrite_existing);
  const auto reader = PackReader::open(folder_.path() / "pack");
  ASSERT_FALSE(reader.has_value());
  EXPECT_THAT(reader.error().message, HasSubstr("10 records where 3 images in 2 views need 6"));
}

TEST_F(Pack, ExcludedTextsStayOutOfThePackAndTheVocabulary) {
  add_texts("web", {"the cat sat on the mat", "a dog ate the bone", "zebras like quiet evenings"});
  EXPECT_TRUE(write_file(folder_.path() / "exclude_texts.txt", "web1\nweb9\nsome-page\t4\n"));
  inputs_["exclude_texts"].push_back({.path = folder_.path() / "exclude_texts.txt"});
  EXPECT_EQ(packed().texts(), 2U);
}

TEST_F(Pack, ListOfExcludedTextsWithAnotherFormIsRefused) {
  add_texts("web", {"the cat sat on the mat"});
  EXPECT_TRUE(write_file(folder_.path() / "exclude_texts.txt", "web1\npage\tseven\n"));
  inputs_["exclude_texts"].push_back({.path = folder_.path() / "exclude_texts.txt"});
  EXPECT_THAT(pack_error(), testing::AllOf(HasSubstr("exclude_texts.txt:2"), HasSubstr("seven")));
}

TEST_F(Pack, TextsGiveTheIdsOfTheTokenizerInEvenParts) {
  const std::string longer = "one dog two dogs three dogs four dogs five dogs six dogs seven dogs";
  add_texts("books", {"a dog sleeps", longer});
  params_.max_text_tokens = 10;
  const PackReader pack = packed();
  const auto ids = pack.tokenizer().encode(longer);
  const std::size_t parts = (ids.size() + 9) / 10;
  ASSERT_EQ(pack.texts(), 1 + parts);
  EXPECT_EQ(pack.text(0)->ids, pack.tokenizer().encode("a dog sleeps"));
  for (std::size_t part = 0; part < parts; ++part) {
    const auto begin = static_cast<std::ptrdiff_t>(ids.size() * part / parts);
    const auto end = static_cast<std::ptrdiff_t>(ids.size() * (part + 1) / parts);
    EXPECT_EQ(pack.text(1 + part)->ids, std::vector(ids.begin() + begin, ids.begin() + end));
  }
  EXPECT_FALSE(pack.info().counts.contains("documents"));
}

TEST_F(Pack, DocumentsBecomeTextsOfTheirSplit) {
  add_documents("web", {"the cat sat.\nit slept.", "a dog ate.", "the house sat."});
  const PackReader pack = packed();
  EXPECT_THAT(texts_of(pack),
              ElementsAre("the cat sat. it slept.", "a dog ate.", "the house sat."));
  EXPECT_THAT(pack.texts_of_split("train"), ElementsAre(0, 1));
  EXPECT_THAT(pack.texts_of_split("val"), ElementsAre(2));
  EXPECT_EQ(pack.info().counts["documents"]["train"], 2);
  EXPECT_EQ(pack.info().counts["sentences"], Json({{"train", 3}, {"val", 1}}));
  EXPECT_EQ(told("documents"), 3);
  EXPECT_EQ(told("sentences"), 4);
}

TEST_F(Pack, DocumentsAloneTrainTheVocabulary) {
  inputs_.clear();
  add_documents("web", {"many words make a text.\na text makes a vocabulary of many words.",
                        "many words make a text."});
  const PackReader pack = packed();
  EXPECT_EQ(pack.texts(), 2U);
  EXPECT_EQ(pack.images(), 0U);
}

TEST_F(Pack, TextsOfAnArtifactComeBeforeItsDocuments) {
  add_documents("web", {"a dog ate.", "the house sat."});
  auto line = *read_file(folder_.path() / "web/documents-00000.jsonl");
  add_texts("books", {"the cat sat", "it slept"});
  ASSERT_TRUE(write_file(folder_.path() / "books/documents-00000.jsonl", line));
  inputs_["texts"].erase(inputs_["texts"].begin());
  EXPECT_THAT(texts_of(packed()),
              ElementsAre("the cat sat", "it slept", "a dog ate.", "the house sat."));
}

TEST_F(Pack, RefusesAnArtifactWithoutTextsAndDocuments) {
  inputs_["texts"] = {inputs_["pairs"][0]};
  EXPECT_THAT(pack_error(), testing::AllOf(HasSubstr("flickr: neither texts"),
                                           HasSubstr("must be a records artifact")));
}

TEST_F(Pack, NamesTheDamagedLineOfADocument) {
  add_documents("web", {"a dog ate.", "the house sat."});
  const fs::path path = folder_.path() / "web/documents-00000.jsonl";
  std::string bytes = *read_file(path);
  ASSERT_TRUE(write_file(path, bytes.substr(0, bytes.size() - 20)));
  EXPECT_THAT(pack_error(), HasSubstr("documents-00000.jsonl:2"));
}

TEST_F(Pack, ExcludedDocumentsAndSentencesStayOut) {
  add_documents("web", {"the cat sat.\nquizzical zebras.\nit slept.", "a dog ate.", "it slept."});
  exclude_texts("web0\t1\nweb1\nbooks9\n");
  const PackReader pack = packed();
  EXPECT_THAT(texts_of(pack), ElementsAre("the cat sat.", "it slept.", "it slept."));
  // The vocabulary has not seen them either: "q" stands in no other text.
  EXPECT_THAT(pack.tokenizer().encode("q"), testing::Contains(trainer::kUnkId));
  EXPECT_EQ(told("documents.excluded"), 1);
  EXPECT_EQ(told("sentences.excluded"), 1);
  EXPECT_EQ(told("texts.excluded"), 0);
  EXPECT_EQ(told("documents"), 2);
}

TEST_F(Pack, AVocabularyTakesTheFrontOfASentenceWithoutEnd) {
  std::string endless;
  while (endless.size() < 4191) endless += "dog ";
  endless.resize(4191);
  add_documents("web", {endless + "\u00e9\u00e9 and quizzical", "a dog ate."});
  const PackReader pack = packed();
  EXPECT_THAT(pack.tokenizer().encode("q"), testing::Contains(trainer::kUnkId));
  // Not cut inside the letter.
  EXPECT_THAT(pack.tokenizer().encode("\u00e9"), testing::Contains(trainer::kUnkId));
}

TEST_F(Pack, IsTheSameWithTwoThreads) {
  add_documents("web", {"the cat sat.\nit slept.", "a dog ate.", "the house sat."});
  add_texts("books", {"One text of many words.", "Another."});
  ASSERT_TRUE(pack("one"));
  cores_ = 2;
  ASSERT_TRUE(pack("two"));
  EXPECT_EQ(tree_digest(*hash_tree(folder_.path() / "one")),
            tree_digest(*hash_tree(folder_.path() / "two")));
}

TEST_F(Pack, StopsWhenAsked) {
  inputs_.clear();
  add_documents("web", {"many words make a text.", "a text makes a vocabulary."});
  const std::string file = (folder_.path() / "job.json").string();
  ASSERT_TRUE(write_job(file, job()));
  const pid_t child = ::fork();
  if (child == 0) {
    const StageEntry entry{"pack", [](StageContext& context) {
                             ::raise(SIGTERM);
                             return run_pack(context);
                           }};
    std::array<std::string, 2> words{"unimo-stage", file};
    std::array<char*, 2> arguments{words[0].data(), words[1].data()};
    ::_exit(run_stage_program(2, arguments.data(), {&entry, 1}));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 8);
  EXPECT_FALSE(fs::exists(folder_.path() / "pack/texts.shard"));
}

TEST(ExcludedTexts, SentencesAreNamedByTheirDocumentAndNumber) {
  const TempDir folder = *TempDir::make("excluded");
  EXPECT_TRUE(write_file(folder.path() / "a.txt", "whole\r\npage\t0\npage\t12\n\n"));
  const std::vector<InputItem> files{{.path = folder.path() / "a.txt"}};
  const auto excluded = ExcludedTexts::read(files).value();
  EXPECT_EQ(excluded.size(), 3U);
  EXPECT_TRUE(excluded.has("whole"));
  EXPECT_FALSE(excluded.has("page"));
  EXPECT_TRUE(excluded.has_sentence("page", 12));
  EXPECT_FALSE(excluded.has_sentence("page", 1));
  EXPECT_FALSE(excluded.has_sentence("whole", 0));
}

}  // namespace
}  // namespace unimo::stages
