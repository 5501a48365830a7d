// The twelve benchmarks as their makers lay them out.
#include <algorithm>
#include <regex>
#include <set>

#include "orchestrator/base/hash.h"
#include "stages/miniworld/lexicon.h"
#include "tests/stages/miniworld/complete_world.h"

namespace unimo::stages {
namespace {

class BenchmarkFiles : public CompleteWorld {};

// The part of a UTF-8 text between two characters.
std::string between(const std::string& text, std::int64_t begin, std::int64_t end) {
  std::string part;
  std::int64_t at = -1;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++at;
    if (at >= begin && at < end) part += c;
  }
  return part;
}

TEST_F(BenchmarkFiles, Sst2HasAHeaderATrailingBlankAndNoLabelsInTheTest) {
  const auto train = lines("glue/SST-2/train.tsv");
  EXPECT_EQ(train[0], "sentence\tlabel");
  EXPECT_EQ(train.size(), 1U + 114 * 5);
  std::set<std::string> labels;
  for (std::size_t i = 1; i < train.size(); ++i) {
    const auto fields = columns(train[i]);
    ASSERT_EQ(fields.size(), 2U) << train[i];
    EXPECT_TRUE(fields[0].ends_with(' ')) << train[i];
    EXPECT_EQ(fields[0], lower_case(fields[0]));
    EXPECT_EQ(fields[0].find("  "), std::string::npos) << train[i];
    labels.insert(fields[1]);
  }
  EXPECT_EQ(labels, (std::set<std::string>{"0", "1"}));
  EXPECT_EQ(lines("glue/SST-2/dev.tsv").size(), 1U + 20 * 3);
  const auto test = lines("glue/SST-2/test.tsv");
  EXPECT_EQ(test[0], "index\tsentence");
  EXPECT_EQ(test.size(), 1U + 16 * 3);
  EXPECT_EQ(columns(test[48])[0], "47");
  EXPECT_FALSE(test[1].ends_with(' '));
}

TEST_F(BenchmarkFiles, ColaHasNoHeaderButInTheTestAndMarksWhatIsBad) {
  const auto train = lines("glue/CoLA/train.tsv");
  EXPECT_EQ(train.size(), 114U * 4);
  std::int64_t bad = 0;
  for (const std::string& line : train) {
    const auto fields = columns(line);
    ASSERT_EQ(fields.size(), 4U) << line;
    EXPECT_EQ(fields[2], fields[1] == "1" ? "" : "*") << line;
    bad += fields[1] == "0" ? 1 : 0;
  }
  EXPECT_GT(bad, 100);
  EXPECT_LT(bad, 228);
  EXPECT_EQ(lines("glue/CoLA/dev.tsv").size(), 80U);
  EXPECT_EQ(lines("glue/CoLA/test.tsv")[0], "index\tsentence");
}

TEST_F(BenchmarkFiles, StsbHasTenColumnsAndScoresOfThreeDecimals) {
  const auto train = lines("glue/STS-B/train.tsv");
  EXPECT_EQ(columns(train[0]).size(), 10U);
  EXPECT_EQ(columns(train[0]).back(), "score");
  const std::regex score("[0-5]\\.[02468]00");
  for (std::size_t i = 1; i < train.size(); ++i) {
    const auto fields = columns(train[i]);
    ASSERT_EQ(fields.size(), 10U) << train[i];
    EXPECT_EQ(fields[0], std::to_string(i - 1));
    EXPECT_TRUE(std::regex_match(fields[9], score)) << train[i];
  }
  EXPECT_EQ(columns(lines("glue/STS-B/test.tsv")[1]).size(), 9U);
}

TEST_F(BenchmarkFiles, MnliHas12And16And10Columns) {
  const std::set<std::string> labels{"entailment", "neutral", "contradiction"};
  for (const auto& [name, width] : std::map<std::string, std::size_t>{{"train", 12},
                                                                      {"dev_matched", 16},
                                                                      {"dev_mismatched", 16},
                                                                      {"test_matched", 10},
                                                                      {"test_mismatched", 10}}) {
    const auto rows = lines("glue/MNLI/" + name + ".tsv");
    EXPECT_EQ(rows.size(), 1 + 4 * (name == "train" ? 114U : name[0] == 'd' ? 20U : 16U));
    for (const std::string& row : rows) ASSERT_EQ(columns(row).size(), width) << row;
    EXPECT_EQ(columns(rows[0])[8], "sentence1");
    if (width > 10) {
      EXPECT_TRUE(labels.contains(columns(rows[1]).back())) << rows[1];
    }
  }
  std::set<std::string> matched, mismatched;
  for (const std::string& row : lines("glue/MNLI/train.tsv")) matched.insert(columns(row)[3]);
  for (const std::string& row : lines("glue/MNLI/dev_mismatched.tsv"))
    mismatched.insert(columns(row)[3]);
  EXPECT_EQ(matched, (std::set<std::string>{"genre", "fiction", "travel", "telephone"}));
  EXPECT_EQ(mismatched, (std::set<std::string>{"genre", "letters", "facetoface"}));
}

TEST_F(BenchmarkFiles, MnliParsesHoldTheWordsOfTheSentence) {
  const auto fields = columns(lines("glue/MNLI/train.tsv")[1]);
  std::string words;
  for (const char c : fields[4]) {
    if (c != '(' && c != ')' && (c != ' ' || (!words.empty() && words.back() != ' '))) words += c;
  }
  while (words.ends_with(' ')) words.pop_back();
  EXPECT_EQ(words, spaced(fields[8]));
  EXPECT_TRUE(fields[6].starts_with("(ROOT (S (")) << fields[6];
}

TEST_F(BenchmarkFiles, CoqaSpansAreCharactersOfTheStory) {
  std::int64_t beyond_ascii = 0;
  for (const char* split : {"train", "dev", "test"}) {
    const Json file = json(fmt::format("coqa/coqa-{}-v1.0.json", split));
    EXPECT_EQ(file.at("version"), "1.0");
    std::set<std::string> ids;
    for (const Json& record : file.at("data")) {
      const auto story = record.at("story").get<std::string>();
      ids.insert(record.at("id").get<std::string>());
      beyond_ascii += characters(story) < std::ssize(story) ? 1 : 0;
      const Json& answers = record.at("answers");
      ASSERT_EQ(answers.size(), record.at("questions").size());
      for (std::size_t i = 0; i < answers.size(); ++i) {
        EXPECT_EQ(answers[i].at("turn_id"), i + 1);
        EXPECT_EQ(record.at("questions")[i].at("turn_id"), i + 1);
        const auto begin = answers[i].at("span_start").get<std::int64_t>();
        if (begin < 0) {
          EXPECT_EQ(answers[i].at("input_text"), "unknown");
          EXPECT_EQ(answers[i].at("span_end"), -1);
          continue;
        }
        EXPECT_EQ(between(story, begin, answers[i].at("span_end").get<std::int64_t>()),
                  answers[i].at("span_text"));
      }
      EXPECT_EQ(record.contains("additional_answers"), std::string(split) != "train");
      if (!record.contains("additional_answers")) continue;
      for (const char* key : {"0", "1", "2"})
        EXPECT_EQ(record.at("additional_answers").at(key).size(), answers.size());
    }
    EXPECT_EQ(ids.size(), file.at("data").size());
  }
  EXPECT_GT(beyond_ascii, 5);
}

TEST_F(BenchmarkFiles, SquadAnswersStandAtTheirOffsetsAndDuSplitsByTitles) {
  std::map<std::string, std::set<std::string>> titles;
  for (const char* file : {"train-v1.1.json", "dev-v1.1.json"}) {
    const Json squad = json(fmt::format("squad/{}", file));
    EXPECT_EQ(squad.at("version"), "1.1");
    std::set<std::string> ids;
    for (const Json& article : squad.at("data")) {
      EXPECT_TRUE(titles[file].insert(article.at("title").get<std::string>()).second);
      for (const Json& paragraph : article.at("paragraphs")) {
        const auto context = paragraph.at("context").get<std::string>();
        for (const Json& question : paragraph.at("qas")) {
          EXPECT_TRUE(ids.insert(question.at("id").get<std::string>()).second);
          EXPECT_EQ(question.at("id").get<std::string>().size(), 24U);
          EXPECT_EQ(question.at("answers").size(), std::string(file) == "dev-v1.1.json" ? 3U : 1U);
          for (const Json& answer : question.at("answers")) {
            const auto begin = answer.at("answer_start").get<std::int64_t>();
            const auto span = answer.at("text").get<std::string>();
            ASSERT_EQ(between(context, begin, begin + characters(span)), span) << context;
          }
        }
      }
    }
  }
  const auto list = [&](const char* split) {
    const auto rows = lines(fmt::format("squad/doclist-{}.txt", split));
    return std::set<std::string>(rows.begin(), rows.end());
  };
  auto in_train_file = list("train");
  in_train_file.merge(list("test"));
  EXPECT_EQ(in_train_file, titles["train-v1.1.json"]);
  EXPECT_EQ(list("dev"), titles["dev-v1.1.json"]);
  EXPECT_EQ(list("test").size(), 2U);
}

TEST_F(BenchmarkFiles, CnnDmStoriesAreNamedByTheSha1OfTheirAddress) {
  std::size_t stories = 0;
  for (const char* split : {"train", "val", "test"}) {
    for (const std::string& url : lines(fmt::format("cnndm/url_lists/all_{}.txt", split))) {
      const bool cnn = url.find("cnn.com") != std::string::npos;
      const std::string name =
          fmt::format("cnndm/{}/stories/{}.story", cnn ? "cnn" : "dailymail", sha1_hex(url));
      ASSERT_TRUE(std::filesystem::exists(path(name))) << url;
      const std::string story = text(name);
      EXPECT_EQ(story.starts_with("(CNN) -- "), cnn);
      std::size_t highlights = 0;
      for (std::size_t at = 0; (at = story.find("\n\n@highlight\n\n", at)) != std::string::npos;
           ++at)
        ++highlights;
      EXPECT_GE(highlights, 1U);
      EXPECT_LE(highlights, 3U);
      ++stories;
    }
  }
  EXPECT_EQ(stories, 38U + 7 + 6);
}

TEST_F(BenchmarkFiles, GigawordPairsAreLowerCaseLinesOfEqualNumber) {
  for (const auto& [source, target] :
       std::map<std::string, std::string>{{"train.article.txt", "train.title.txt"},
                                          {"valid.article.filter.txt", "valid.title.filter.txt"},
                                          {"input.txt", "task1_ref0.txt"}}) {
    const auto sources = lines("gigaword/" + source), targets = lines("gigaword/" + target);
    ASSERT_EQ(sources.size(), targets.size());
    std::size_t unknown = 0;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      EXPECT_LT(targets[i].size(), sources[i].size());
      EXPECT_EQ(sources[i].find_first_of("0123456789"), std::string::npos) << sources[i];
      EXPECT_TRUE(sources[i].ends_with(" .")) << sources[i];
      const bool test = source == "input.txt";
      unknown += sources[i].find(test ? "UNK" : "<unk>") != std::string::npos ? 1 : 0;
      if (!test) {
        EXPECT_EQ(sources[i], lower_case(sources[i]));
      }
    }
    if (sources.size() > 100) {
      EXPECT_GT(unknown, 5U);
    }
  }
}

TEST_F(BenchmarkFiles, VqaHasTenAnswersToEveryQuestionAndNoneForTheTest) {
  for (const char* subset : {"train2014", "val2014"}) {
    const Json questions = json(fmt::format("vqa/v2_OpenEnded_mscoco_{}_questions.json", subset));
    const Json annotations = json(fmt::format("vqa/v2_mscoco_{}_annotations.json", subset));
    EXPECT_EQ(questions.at("task_type"), "Open-Ended");
    EXPECT_EQ(annotations.at("data_subtype"), subset);
    ASSERT_EQ(questions.at("questions").size(), annotations.at("annotations").size());
    for (std::size_t i = 0; i < questions.at("questions").size(); ++i) {
      const Json& question = questions.at("questions")[i];
      const Json& annotation = annotations.at("annotations")[i];
      EXPECT_EQ(question.at("question_id"), annotation.at("question_id"));
      EXPECT_EQ(question.at("question_id").get<std::int64_t>() / 1000, question.at("image_id"));
      ASSERT_EQ(annotation.at("answers").size(), 10U);
      EXPECT_EQ(annotation.at("answers")[9].at("answer_id"), 10);
      const std::string asked = lower_case(question.at("question").get<std::string>());
      EXPECT_TRUE(asked.starts_with(annotation.at("question_type").get<std::string>())) << asked;
    }
  }
  EXPECT_FALSE(std::filesystem::exists(path("vqa/v2_mscoco_test2015_annotations.json")));
  const Json test = json("vqa/v2_OpenEnded_mscoco_test2015_questions.json").at("questions");
  const Json part = json("vqa/v2_OpenEnded_mscoco_test-dev2015_questions.json").at("questions");
  EXPECT_GT(test.size(), part.size());
  EXPECT_GT(part.size(), 0U);
  const Json answers = json("vqa/trainval_label2ans.json");
  EXPECT_EQ(answers[0], "");
  EXPECT_EQ(json("vqa/trainval_ans2label.json").at(answers[1].get<std::string>()), 1);
}

TEST_F(BenchmarkFiles, SnliVePointsAtFlickrPicturesAndListsThem) {
  const auto train_val = lines("snli_ve/flickr30k_train_val.lst");
  ASSERT_EQ(train_val.size(), 134U);
  EXPECT_EQ(lines("snli_ve/flickr30k_test.lst").size(), 16U);
  const std::set<std::string> dev(train_val.end() - 20, train_val.end());
  std::set<std::string> pairs;
  for (const std::string& line : lines("snli_ve/snli_ve_dev.jsonl")) {
    const Json row = parse_json(line, "row").value();
    const auto id = row.at("Flickr30K_ID").get<std::string>();
    EXPECT_TRUE(dev.contains(id)) << id;
    EXPECT_TRUE(std::filesystem::exists(path("flickr30k/flickr30k-images/" + id + ".jpg")));
    EXPECT_TRUE(pairs.insert(row.at("pairID").get<std::string>()).second) << line;
    EXPECT_TRUE(row.at("pairID").get<std::string>().starts_with(
        row.at("captionID").get<std::string>() + "r"));
    EXPECT_EQ(row.at("annotator_labels").size(), 5U);
  }
  EXPECT_EQ(pairs.size(), 80U);
}

TEST_F(BenchmarkFiles, FlickrTokensAndKarpathysSplitHoldTheSameCaptions) {
  const auto tokens = lines("flickr30k/results_20130124.token");
  EXPECT_EQ(tokens.size(), 750U);
  EXPECT_TRUE(tokens[0].starts_with("1000000000.jpg#0\t")) << tokens[0];
  EXPECT_TRUE(tokens[0].ends_with(" .")) << tokens[0];
  const Json split = json("flickr30k/dataset_flickr30k.json");
  ASSERT_EQ(split.at("images").size(), 150U);
  std::map<std::string, int> sizes;
  for (const Json& image : split.at("images")) {
    ++sizes[image.at("split").get<std::string>()];
    EXPECT_EQ(image.at("sentences").size(), 5U);
  }
  EXPECT_EQ(sizes, (std::map<std::string, int>{{"train", 114}, {"val", 20}, {"test", 16}}));
  EXPECT_EQ(spaced(split.at("images")[149].at("sentences")[4].at("raw").get<std::string>()),
            columns(tokens[749])[1]);
}

TEST_F(BenchmarkFiles, NoTextOfTheTestStandsInTraining) {
  const auto train = lines("glue/MNLI/train.tsv");
  std::set<std::string> premises;
  for (const std::string& row : train) premises.insert(columns(row)[8]);
  std::size_t repeated = 0;
  for (const std::string& row : lines("glue/MNLI/test_matched.tsv"))
    repeated += premises.contains(columns(row)[8]) ? 1 : 0;
  EXPECT_EQ(repeated, 1U);  // the header
}

}  // namespace
}  // namespace unimo::stages
