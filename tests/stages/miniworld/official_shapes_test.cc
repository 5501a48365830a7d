// What the mini-world writes, held to the real samples of the same formats: columns, keys,
// elements, names of members, forms of lines. A difference that is meant stands in its test with
// the reason.
#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "stages/ingest/stream/archive_reader.h"
#include "tests/stages/miniworld/complete_world.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const fs::path kData = UNIMO_SHARED_DATA;
constexpr std::int64_t kMaxBytes = 1 << 28;

#define NEED(file) \
  if (!fs::exists(kData / (file))) GTEST_SKIP() << "no " << kData / (file)

using Shape = std::set<std::string>;

// The way to every value and its type: ".images[].id number".
void add_shape(const Json& value, const std::string& way, Shape& shape) {
  shape.insert(way + " " + (value.is_number() ? "number" : value.type_name()));
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) add_shape(member, way + "." + key, shape);
  } else if (value.is_array()) {
    for (const Json& element : value) add_shape(element, way + "[]", shape);
  }
}

Shape shape_of(const Json& value) {
  Shape shape;
  add_shape(value, "", shape);
  return shape;
}

// The elements and attributes of a document, each with the way to it: "a/b@c". Text has no
// brackets, as these dumps have it.
Shape shape_of_xml(const std::string& xml) {
  static const std::regex tag(R"(<(/?)([\w:]+)((?:\s+[\w:]+="[^"]*")*)\s*(/?)>)");
  static const std::regex attribute(R"(([\w:]+)=")");
  Shape shape;
  std::vector<std::string> open{""};
  for (std::size_t at = 0; (at = xml.find('<', at)) != std::string::npos;) {
    const std::size_t end = xml.find('>', at) + 1;
    const std::string text = xml.substr(at, end - at);
    at = end;
    std::smatch parts;
    if (!std::regex_match(text, parts, tag)) {
      ADD_FAILURE() << "no tag: " << text.substr(0, 200);
      return shape;
    }
    if (parts[1].length() > 0) {
      open.pop_back();
      continue;
    }
    open.push_back(open.back() + "/" + parts[2].str());
    shape.insert(open.back());
    const std::string attributes = parts[3];
    for (std::sregex_iterator one(attributes.begin(), attributes.end(), attribute), none;
         one != none; ++one) {
      shape.insert(open.back() + "@" + (*one)[1].str());
    }
    if (parts[4].length() > 0) open.pop_back();
  }
  return shape;
}

std::vector<std::string> differences(const Shape& ours, const Shape& real) {
  std::vector<std::string> all;
  for (const std::string& way : real) {
    if (!ours.contains(way)) all.push_back("lacks " + way);
  }
  for (const std::string& way : ours) {
    if (!real.contains(way)) all.push_back("has " + way);
  }
  return all;
}

// A world of forty scenes is large enough for everything that some scenes alone have.
class OfficialShapes : public CompleteWorld {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<StageBench>();
    const Status status = bench_->run(run_miniworld, MiniWorld{.images = 40,
                                                               .val_images = 6,
                                                               .test_images = 6,
                                                               .image_size = 48,
                                                               .texts = 60,
                                                               .formats = {"all"}});
    ASSERT_TRUE(status) << status.error().message;
  }

  static Json real_json(const std::string& name) { return read_json(kData / name).value(); }
  // The first thousand.
  static std::vector<std::string> real_lines(const std::string& name) {
    auto all = read_lines(kData / name).value();
    if (all.size() > 1000) all.resize(1000);
    return all;
  }
  static std::vector<std::string> json_differences(const std::string& ours,
                                                   const std::string& real) {
    return differences(shape_of(json(ours)), shape_of(real_json(real)));
  }
  static Shape shape_of_rows(const std::vector<std::string>& rows) {
    Shape shape;
    for (const std::string& row : rows) add_shape(parse_json(row, "row").value(), "", shape);
    return shape;
  }
  static std::string unpacked(const fs::path& file) {
    const auto source = open_source(file, {}).value();
    return read_all(*source, kMaxBytes).value();
  }
  static void expect_form(const std::vector<std::string>& rows, const std::string& form) {
    const std::regex pattern(form);
    EXPECT_FALSE(rows.empty());
    for (const std::string& row : rows)
      ASSERT_TRUE(std::regex_match(row, pattern)) << row << "\nis not of the form " << form;
  }
  // Of the world's file and of the sample.
  static void expect_form_of_both(const std::string& ours, const std::string& real,
                                  const std::string& form) {
    expect_form(lines(ours), form);
    expect_form(real_lines(real), form);
  }
  static void expect_same_header(const std::string& ours, const std::string& real) {
    EXPECT_EQ(lines(ours).at(0), real_lines(real).at(0)) << ours;
  }
};

TEST_F(OfficialShapes, CocoCaptionsHaveTheOfficialKeys) {
  NEED("coco/annotations/captions_train2017.json");
  for (const char* ours : {"captions_train2014", "captions_val2014"}) {
    EXPECT_THAT(json_differences(fmt::format("coco/annotations/{}.json", ours),
                                 "coco/annotations/captions_train2017.json"),
                UnorderedElementsAre("has .type string"));  // 2014's files say "captions"
  }
}

TEST_F(OfficialShapes, CocoInstancesHaveTheOfficialKeys) {
  NEED("coco/annotations/instances_train2017.json");
  EXPECT_THAT(json_differences("coco/annotations/instances_train2014.json",
                               "coco/annotations/instances_train2017.json"),
              // Crowds alone are run lengths, and scenes of four things have no crowds.
              UnorderedElementsAre("lacks .annotations[].segmentation object",
                                   "lacks .annotations[].segmentation.counts array",
                                   "lacks .annotations[].segmentation.counts[] number",
                                   "lacks .annotations[].segmentation.size array",
                                   "lacks .annotations[].segmentation.size[] number"));
}

TEST_F(OfficialShapes, KarpathysFilesHaveTheOfficialKeys) {
  NEED("flickr30k/dataset_flickr30k.val.json");
  EXPECT_THAT(
      json_differences("flickr30k/dataset_flickr30k.json", "flickr30k/dataset_flickr30k.val.json"),
      IsEmpty());
  // COCO's file is the same with a folder and COCO's number.
  EXPECT_THAT(json_differences("coco/dataset_coco.json", "flickr30k/dataset_flickr30k.val.json"),
              UnorderedElementsAre("has .images[].cocoid number", "has .images[].filepath string"));
}

TEST_F(OfficialShapes, FlickrTokensHaveTheOfficialForm) {
  NEED("flickr30k/val.token");
  expect_form_of_both("flickr30k/results_20130124.token", "flickr30k/val.token",
                      R"([0-9]+\.jpg#[0-4]\t[^\t]+)");
}

TEST_F(OfficialShapes, GenomeFilesHaveTheOfficialKeys) {
  NEED("genome/annotations_sample");
  const auto compare = [](const std::string& name) {
    return json_differences("visual_genome/" + name + ".json",
                            "genome/annotations_sample/" + name + ".json");
  };
  // The sample has pictures of its own alone; others are COCO's, with their number.
  EXPECT_THAT(compare("image_data"), UnorderedElementsAre("has [].coco_id number"));
  // Nothing was merged in a drawn scene.
  EXPECT_THAT(compare("objects"),
              UnorderedElementsAre("lacks [].objects[].merged_object_ids[] number"));
  EXPECT_THAT(compare("attributes"), IsEmpty());
  EXPECT_THAT(compare("region_descriptions"), IsEmpty());
  EXPECT_THAT(compare("question_answers"), IsEmpty());
  // The files have "name" and "names" on either side; here each spelling has its side, and what
  // relations mean needs no sense numbers.
  EXPECT_THAT(compare("relationships"),
              UnorderedElementsAre("lacks [].relationships[].object.merged_object_ids[] number",
                                   "lacks [].relationships[].object.name string",
                                   "lacks [].relationships[].synsets[] string"));
}

TEST_F(OfficialShapes, OpenImagesTablesHaveTheOfficialHeaders) {
  NEED("openimages/images-with-rotation.sample.csv");
  for (const std::string subset : {"train", "validation", "test"}) {
    expect_same_header("openimages/" + subset + "-images-with-rotation.csv",
                       "openimages/images-with-rotation.sample.csv");
    expect_same_header("openimages/" + subset + "-annotations-bbox.csv",
                       "openimages/annotations-human-bbox.val_v3.sample.csv");
    expect_same_header("openimages/" + subset + "-annotations-human-imagelabels.csv",
                       "openimages/annotations-human-imagelabels.sample.csv");
  }
  expect_form_of_both("openimages/class-descriptions-boxable.csv",
                      "openimages/class-descriptions.sample.csv",
                      R"re(/m/[0-9a-z_]+,([^",]+|"([^"]|"")+"))re");
}

TEST_F(OfficialShapes, WikipediaHasTheOfficialElements) {
  NEED("wikipedia/enwiki-pages-articles-sample.xml.bz2");
  EXPECT_THAT(
      differences(shape_of_xml(unpacked(
                      path("wikipedia/enwiki-20200101-pages-articles-multistream.xml.bz2"))),
                  shape_of_xml(unpacked(kData / "wikipedia/enwiki-pages-articles-sample.xml.bz2"))),
      // Dumps say how many bytes a text has since 2019; the sample is of 2016.
      UnorderedElementsAre("has /mediawiki/page/revision/text@bytes"));
}

TEST_F(OfficialShapes, OpenWebTextHasTheOfficialNames) {
  NEED("openwebtext/urlsf_subset_sample-1_data.xz");
  std::vector<std::string> subsets, ours, real;
  const auto names_into = [](std::vector<std::string>& names) {
    return [&names](const ArchiveMember& member, ByteSource&) -> Status {
      names.push_back(member.name);
      return ok();
    };
  };
  ASSERT_TRUE(visit_archive(path("openwebtext/openwebtext.tar"), {},
                            [&](const ArchiveMember& member, ByteSource& bytes) -> Status {
                              subsets.push_back(member.name);
                              return visit_archive(bytes, {}, names_into(ours));
                            }));
  ASSERT_TRUE(
      visit_archive(kData / "openwebtext/urlsf_subset_sample-1_data.xz", {}, names_into(real)));
  expect_form(subsets, R"(openwebtext/urlsf_subset[0-9]{2}-[0-9]+_data\.xz)");
  for (const auto& names : {ours, real})
    expect_form(names, R"(openwebtext/[0-9]{7}-[0-9a-f]{32}\.txt)");
}

TEST_F(OfficialShapes, ConceptualCaptionsAreACaptionAndAnAddress) {
  NEED("cc/Validation_GCC-1.1.0-Validation.part_shared.tsv");
  const std::string form = R"([^\t]+\thttps?://[^\t]+)";
  expect_form_of_both("cc/Validation_GCC-1.1.0-Validation.tsv",
                      "cc/Validation_GCC-1.1.0-Validation.part_shared.tsv", form);
  expect_form(lines("cc/Train_GCC-training.tsv"), form);
}

TEST_F(OfficialShapes, SbuHasBothForms) {
  NEED("sbu/sbu-captions-all.sample.json");
  EXPECT_THAT(json_differences("sbu/sbu-captions-all.json", "sbu/sbu-captions-all.sample.json"),
              IsEmpty());
  expect_form_of_both("sbu/SBU_captioned_photo_dataset_urls.txt",
                      "sbu/SBU_captioned_photo_dataset_urls.sample.txt", "https?://[^ \t]+");
  expect_form_of_both("sbu/SBU_captioned_photo_dataset_captions.txt",
                      "sbu/SBU_captioned_photo_dataset_captions.sample.txt", "[^\t]+");
}

TEST_F(OfficialShapes, VqaFilesHaveTheOfficialKeys) {
  NEED("vqa/v2_mscoco_train2014_annotations.with_pixels.json");
  for (const char* subset : {"train2014", "val2014", "test2015", "test-dev2015"}) {
    EXPECT_THAT(json_differences(fmt::format("vqa/v2_OpenEnded_mscoco_{}_questions.json", subset),
                                 "vqa/v2_OpenEnded_mscoco_train2014_questions.with_pixels.json"),
                IsEmpty())
        << subset;
  }
  for (const char* subset : {"train2014", "val2014"}) {
    EXPECT_THAT(json_differences(fmt::format("vqa/v2_mscoco_{}_annotations.json", subset),
                                 "vqa/v2_mscoco_train2014_annotations.with_pixels.json"),
                IsEmpty())
        << subset;
  }
}

TEST_F(OfficialShapes, VqaAnswersAreAListAndItsInverse) {
  NEED("vqa/trainval_label2ans.json");
  const auto expect_lists = [](const Json& answers, const Json& numbers) {
    ASSERT_TRUE(answers.is_array() && numbers.is_object());
    ASSERT_EQ(answers.size(), numbers.size());
    EXPECT_EQ(answers.at(0), "");
    for (std::size_t i = 0; i < answers.size(); ++i)
      ASSERT_EQ(numbers.at(answers[i].get<std::string>()), i);
  };
  expect_lists(json("vqa/trainval_label2ans.json"), json("vqa/trainval_ans2label.json"));
  expect_lists(real_json("vqa/trainval_label2ans.json"), real_json("vqa/trainval_ans2label.json"));
}

TEST_F(OfficialShapes, SnliVeRowsHaveTheOfficialKeys) {
  NEED("snli_ve/snli_ve_full_schema_sample.jsonl");
  const Shape real = shape_of_rows(real_lines("snli_ve/snli_ve_full_schema_sample.jsonl"));
  for (const char* split : {"train", "dev", "test"}) {
    EXPECT_THAT(
        differences(shape_of_rows(lines(fmt::format("snli_ve/snli_ve_{}.jsonl", split))), real),
        IsEmpty())
        << split;
  }
  for (const std::string list : {"snli_ve/flickr30k_test.lst", "snli_ve/flickr30k_train_val.lst"})
    expect_form_of_both(list, list, "[0-9]+");
}

TEST_F(OfficialShapes, CoqaFilesHaveTheOfficialKeys) {
  NEED("coqa/coqa-train-v1.0.sample.json");
  EXPECT_THAT(json_differences("coqa/coqa-train-v1.0.json", "coqa/coqa-train-v1.0.sample.json"),
              IsEmpty());
  for (const char* ours : {"coqa/coqa-dev-v1.0.json", "coqa/coqa-test-v1.0.json"})
    EXPECT_THAT(json_differences(ours, "coqa/coqa-dev-v1.0.sample.json"), IsEmpty()) << ours;
}

TEST_F(OfficialShapes, SquadFilesHaveTheOfficialKeys) {
  NEED("squad_qg/dev-v1.1.rebuilt.part1.json");
  for (const char* ours : {"squad/train-v1.1.json", "squad/dev-v1.1.json"}) {
    EXPECT_THAT(json_differences(ours, "squad_qg/dev-v1.1.rebuilt.part1.json"), IsEmpty()) << ours;
  }
  for (const std::string list : {"doclist-train.txt", "doclist-dev.txt", "doclist-test.txt"})
    expect_form_of_both("squad/" + list, "squad_qg/" + list, "[^ \t]+");
}

// No story is among the samples: their form is that of the makers' script, which looks for lines
// "@highlight" between empty ones.
TEST_F(OfficialShapes, StoriesAreNamedByTheirAddressesAndHoldHighlights) {
  NEED("cnndm/mapping_test.urls.head.txt");
  const std::string form =
      R"(http://web\.archive\.org/web/[0-9]{14}id_/http://[a-z.]*(cnn|dailymail)\.(com|co\.uk)/.+)";
  expect_form(real_lines("cnndm/mapping_test.urls.head.txt"), form);
  const std::regex story(R"(([^\n]+\n\n)+(@highlight\n\n[^\n]+(\n\n|$))+)");
  for (const char* list : {"all_train.txt", "all_val.txt", "all_test.txt"}) {
    const auto urls = lines(fmt::format("cnndm/url_lists/{}", list));
    expect_form(urls, form);
    for (const std::string& url : urls) {
      const char* paper = url.find("cnn.com") != std::string::npos ? "cnn" : "dailymail";
      const std::string text =
          CompleteWorld::text(fmt::format("cnndm/{}/stories/{}.story", paper, sha1_hex(url)));
      EXPECT_TRUE(std::regex_match(text, story)) << text;
    }
  }
}

TEST_F(OfficialShapes, GigawordLinesHaveNoCapitalsAndNoDigits) {
  NEED("gigaword/train.article.txt");
  const std::string form = "([^A-Z0-9\t]|UNK)+";
  for (const std::string file : {"train.article.txt", "train.title.txt", "valid.article.filter.txt",
                                 "valid.title.filter.txt"}) {
    expect_form_of_both("gigaword/" + file, "gigaword/" + file, form);
  }
  expect_form_of_both("gigaword/input.txt", "gigaword/test.src.txt", form);
  expect_form_of_both("gigaword/task1_ref0.txt", "gigaword/test.tgt.txt", form);
}

TEST_F(OfficialShapes, GlueTablesHaveTheOfficialHeaders) {
  NEED("mnli/official_header_sample");
  for (const std::string file : {"train.tsv", "dev.tsv", "test.tsv"}) {
    expect_same_header("glue/SST-2/" + file, "sst2/" + file);
    expect_same_header("glue/STS-B/" + file, "stsb/" + file);
  }
  for (const std::string file : {"train.tsv", "dev_matched.tsv", "dev_mismatched.tsv",
                                 "test_matched.tsv", "test_mismatched.tsv"}) {
    expect_same_header("glue/MNLI/" + file, "mnli/official_header_sample/" + file);
  }
}

TEST_F(OfficialShapes, ColaHasFourColumnsAndNoHeader) {
  NEED("cola/in_domain_train.tsv");
  const std::string form = R"([^\t]+\t[01]\t[*? ]*\t[^\t]+)";
  expect_form_of_both("glue/CoLA/train.tsv", "cola/in_domain_train.tsv", form);
  expect_form_of_both("glue/CoLA/dev.tsv", "cola/out_of_domain_dev.tsv", form);
}

}  // namespace
}  // namespace unimo::stages
