// The seven corpora as their makers lay them out; COCO, Visual Genome and the books have their
// tests in miniworld_test.cc.
#include <bzlib.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>

#include "stages/ingest/stream/archive_reader.h"
#include "tests/stages/miniworld/complete_world.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;

class CorpusFiles : public CompleteWorld {
 protected:
  static std::string unpacked(const std::string& name) {
    const auto source = open_source(path(name), {}).value();
    return read_all(*source, 1 << 26).value();
  }
};

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++count;
  return count;
}

TEST_F(CorpusFiles, WikipediaIsAMultistreamDumpOfAllKindsOfPages) {
  const std::string xml = unpacked("wikipedia/enwiki-20200101-pages-articles-multistream.xml.bz2");
  EXPECT_TRUE(xml.starts_with("<mediawiki xmlns=")) << xml.substr(0, 100);
  EXPECT_TRUE(xml.ends_with("</mediawiki>\n"));
  const std::int64_t articles = count("wikipedia.articles");
  EXPECT_EQ(articles, 114 + 1);
  EXPECT_GT(count("wikipedia.redirects"), 20);
  EXPECT_GT(count("wikipedia.other_spaces"), 5);
  EXPECT_EQ(occurrences(xml, "<page>"),
            static_cast<std::size_t>(articles + count("wikipedia.redirects") +
                                     count("wikipedia.other_spaces")));
  EXPECT_EQ(occurrences(xml, "<redirect title="),
            static_cast<std::size_t>(count("wikipedia.redirects")));
  for (const char* hazard : {"{{Infobox", "{| class=&quot;wikitable", "&lt;ref name=", "&amp;nbsp;",
                             "&lt;!-- please", "[[Category:", "{{lang|de|", "#REDIRECT [["}) {
    EXPECT_GT(occurrences(xml, hazard), 1U) << hazard;
  }
}

TEST_F(CorpusFiles, WikipediasIndexSaysWhereTheStreamOfEachPageBegins) {
  const std::string dump = text("wikipedia/enwiki-20200101-pages-articles-multistream.xml.bz2");
  const std::string index =
      unpacked("wikipedia/enwiki-20200101-pages-articles-multistream-index.txt.bz2");
  std::set<std::size_t> offsets;
  std::string last_title;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = index.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = index.substr(begin, end - begin);
    offsets.insert(std::stoul(line));
    last_title = line.substr(line.find(':', line.find(':') + 1) + 1);
  }
  ASSERT_GE(offsets.size(), 2U);
  for (const std::size_t offset : offsets) EXPECT_EQ(dump.substr(offset, 3), "BZh") << offset;
  std::string stream = dump.substr(*offsets.rbegin());
  std::string page(1 << 20, '\0');
  auto size = static_cast<unsigned int>(page.size());
  // Trailing streams make the one-shot call stop with a code of its own, after the first one.
  bz_stream reader{};
  ASSERT_EQ(BZ2_bzDecompressInit(&reader, 0, 0), BZ_OK);
  reader.next_in = stream.data();
  reader.avail_in = static_cast<unsigned int>(stream.size());
  reader.next_out = page.data();
  reader.avail_out = size;
  EXPECT_EQ(BZ2_bzDecompress(&reader), BZ_STREAM_END);
  page.resize(size - reader.avail_out);
  BZ2_bzDecompressEnd(&reader);
  EXPECT_NE(page.find("<title>" + last_title + "</title>"), std::string::npos) << last_title;
}

TEST_F(CorpusFiles, OpenWebTextIsATarOfTarsInXz) {
  std::int64_t documents = 0;
  std::set<std::string> subsets;
  const Status status = visit_archive(
      path("openwebtext/openwebtext.tar"), {},
      [&](const ArchiveMember& member, ByteSource& bytes) -> Status {
        subsets.insert(member.name);
        return visit_archive(bytes, {}, [&](const ArchiveMember& page, ByteSource& text) -> Status {
          EXPECT_TRUE(page.name.starts_with("openwebtext/00000")) << page.name;
          EXPECT_EQ(page.name.size(), std::string("openwebtext/0000000-.txt").size() + 32);
          const std::string document = UNIMO_TRY(read_all(text, 1 << 20));
          EXPECT_GE(document.size(), 742U) << document;  // the shortest real one
          EXPECT_EQ(document.find('\r'), std::string::npos);
          EXPECT_NE(document.find("\n\n"), std::string::npos);
          ++documents;
          return ok();
        });
      });
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(subsets, (std::set<std::string>{"openwebtext/urlsf_subset00-0_data.xz"}));
  EXPECT_EQ(documents, count("openwebtext.documents"));
  EXPECT_GE(documents, 38);
}

TEST_F(CorpusFiles, WebListsPointIntoTheFolderToServe) {
  const std::string base = "http://127.0.0.1:8123/";
  std::int64_t there = 0, gone = 0;
  const auto look_at = [&](const std::string& url) {
    ASSERT_TRUE(url.starts_with(base)) << url;
    (fs::exists(path("web/" + url.substr(base.size()))) ? there : gone) += 1;
  };
  for (const char* list : {"Train_GCC-training.tsv", "Validation_GCC-1.1.0-Validation.tsv"}) {
    for (const std::string& line : lines(fmt::format("cc/{}", list))) {
      const auto fields = columns(line);
      ASSERT_EQ(fields.size(), 2U) << line;
      EXPECT_TRUE(fields[0].ends_with(" .")) << line;
      look_at(fields[1]);
    }
  }
  const auto urls = lines("sbu/SBU_captioned_photo_dataset_urls.txt");
  const auto captions = lines("sbu/SBU_captioned_photo_dataset_captions.txt");
  ASSERT_EQ(urls.size(), captions.size());
  for (const std::string& url : urls) look_at(url);
  EXPECT_EQ(gone, std::max<std::int64_t>(0, count("cc.gone")) +
                      std::max<std::int64_t>(0, count("sbu.gone")));
  EXPECT_EQ(there + gone, 38 + 7 + 38);
  const Json all = json("sbu/sbu-captions-all.json");
  EXPECT_EQ(all.at("image_urls").size(), urls.size());
  EXPECT_EQ(all.at("captions")[5], captions[5]);
  EXPECT_EQ(all.at("user_ids").size(), urls.size());
}

TEST_F(CorpusFiles, OpenImagesTurnBackToTheDrawnScene) {
  std::int64_t turned = 0;
  for (const char* subset : {"train", "validation", "test"}) {
    const auto rows = lines(fmt::format("openimages/{}-images-with-rotation.csv", subset));
    EXPECT_TRUE(rows[0].ends_with(",Thumbnail300KURL,Rotation"));
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const std::string id = rows[i].substr(0, 16);
      const std::string rotation = rows[i].substr(rows[i].rfind(',') + 1);
      ASSERT_TRUE((std::set<std::string>{"", "0.0", "90.0", "180.0", "270.0"}).contains(rotation));
      const cv::Mat stored =
          cv::imread(path(fmt::format("openimages/{}/{}.jpg", subset, id)).string());
      ASSERT_FALSE(stored.empty()) << id;
      if (rotation.empty() || rotation == "0.0") continue;
      ++turned;
      cv::Mat upright;
      cv::rotate(stored, upright,
                 rotation == "90.0"    ? cv::ROTATE_90_COUNTERCLOCKWISE
                 : rotation == "180.0" ? cv::ROTATE_180
                                       : cv::ROTATE_90_CLOCKWISE);
      // It is one of the pictures of COCO, but for the second encoding.
      double nearest = 1e9;
      for (const auto& entry : fs::directory_iterator(path("coco/images"))) {
        const cv::Mat drawn = cv::imread(entry.path().string());
        nearest = std::min(nearest, cv::norm(drawn, upright, cv::NORM_L1) / (64 * 64 * 3));
      }
      EXPECT_LT(nearest, 3) << id;
    }
  }
  EXPECT_EQ(turned, count("openimages.turned"));
  EXPECT_GE(turned, 2);
}

TEST_F(CorpusFiles, OpenImagesBoxesAreSharesOfTheStoredPicture) {
  std::set<std::string> classes;
  for (const std::string& line : lines("openimages/class-descriptions-boxable.csv"))
    classes.insert(line.substr(0, line.find(',')));
  const auto rows = lines("openimages/train-annotations-bbox.csv");
  EXPECT_TRUE(rows[0].starts_with("ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,"));
  ASSERT_GT(rows.size(), 38U);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    std::string row = rows[i];
    std::replace(row.begin(), row.end(), ',', '\t');
    const auto fields = columns(row);
    ASSERT_EQ(fields.size(), 13U);
    EXPECT_TRUE(classes.contains(fields[2])) << row;
    EXPECT_LT(std::stod(fields[4]), std::stod(fields[5])) << row;
    EXPECT_LT(std::stod(fields[6]), std::stod(fields[7])) << row;
    for (int k = 4; k < 8; ++k) {
      EXPECT_GE(std::stod(fields[static_cast<std::size_t>(k)]), 0) << row;
      EXPECT_LE(std::stod(fields[static_cast<std::size_t>(k)]), 1) << row;
    }
  }
  const Json hierarchy = json("openimages/bbox_labels_600_hierarchy.json");
  EXPECT_EQ(hierarchy.at("LabelName"), "/m/0bl9f");
  EXPECT_GT(hierarchy.at("Subcategory").size(), 5U);
}

TEST_F(CorpusFiles, VisualGenomeHasQuestionsAndSceneGraphsAndSomePicturesOutsideCoco) {
  const Json questions = json("visual_genome/question_answers.json");
  ASSERT_EQ(questions.size(), 114U);
  EXPECT_TRUE(questions[0].at("qas")[0].at("answer").get<std::string>().ends_with("."));
  const Json graphs = json("visual_genome/scene_graphs.json");
  ASSERT_EQ(graphs.size(), 114U);
  for (const Json& graph : graphs) {
    std::set<std::int64_t> ids;
    for (const Json& object : graph.at("objects"))
      ids.insert(object.at("object_id").get<std::int64_t>());
    for (const Json& relation : graph.at("relationships")) {
      EXPECT_TRUE(ids.contains(relation.at("subject_id").get<std::int64_t>()));
      EXPECT_TRUE(ids.contains(relation.at("object_id").get<std::int64_t>()));
    }
  }
  std::int64_t outside = 0;
  for (const Json& image : json("visual_genome/image_data.json"))
    outside += image.at("coco_id").is_null() ? 1 : 0;
  EXPECT_EQ(outside, 23);
}

}  // namespace
}  // namespace unimo::stages
