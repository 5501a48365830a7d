// Every official format of the mini-world is read by the reader of that format, to the last item
// and without quarantine.
#include <algorithm>

#include "stages/ingest/benchmarks/benchmarks.h"
#include "stages/ingest/corpora/corpora.h"
#include "stages/ingest/records.h"
#include "stages/schema/image_benchmarks.h"
#include "stages/schema/image_corpora.h"
#include "stages/schema/text_benchmarks.h"
#include "stages/schema/text_corpora.h"
#include "tests/stages/miniworld/complete_world.h"

namespace unimo::stages {
namespace {

namespace fs = std::filesystem;

class Readers : public CompleteWorld {
 protected:
  void input(const std::string& name, const std::string& file) { reader_.input(name, path(file)); }

  template <class Params>
  void read(StageFunction run, Params params) {
    const Status status = reader_.run(run, std::move(params));
    ASSERT_TRUE(status) << status.error().message;
    const fs::path quarantine = reader_.output() / "quarantine.jsonl";
    EXPECT_FALSE(fs::exists(quarantine)) << read_file(quarantine).value().substr(0, 600);
  }

  // The reader has as many examples of each split as the world wrote.
  void expect_all(const std::string& task) {
    for (const char* split : {"train", "val", "test"}) {
      EXPECT_EQ(reader_.count(fmt::format("examples.{}", split)),
                count(fmt::format("{}.{}", task, split)))
          << split;
    }
  }

  static TextBenchmarkIngest strictly() { return {.max_bad_share = 0}; }
  static PictureIngest strict_pictures() { return {.max_bad_share = 0}; }

  StageBench reader_;
};

TEST_F(Readers, Sst2) {
  for (const char* split : {"train", "dev", "test"})
    input(split, fmt::format("glue/SST-2/{}.tsv", split));
  read(run_ingest_sst2, strictly());
  expect_all("sst2");
}

TEST_F(Readers, Cola) {
  for (const char* split : {"train", "dev", "test"})
    input(split, fmt::format("glue/CoLA/{}.tsv", split));
  read(run_ingest_cola, strictly());
  expect_all("cola");
}

TEST_F(Readers, Stsb) {
  for (const char* split : {"train", "dev", "test"})
    input(split, fmt::format("glue/STS-B/{}.tsv", split));
  read(run_ingest_stsb, strictly());
  expect_all("stsb");
}

TEST_F(Readers, Mnli) {
  for (const char* set :
       {"train", "dev_matched", "dev_mismatched", "test_matched", "test_mismatched"})
    input(set, fmt::format("glue/MNLI/{}.tsv", set));
  MnliIngest params;
  params.max_bad_share = 0;
  read(run_ingest_mnli, params);
  EXPECT_EQ(reader_.count("examples.train"), count("mnli.train"));
}

TEST_F(Readers, Coqa) {
  for (const char* split : {"train", "dev", "test"})
    input(split, fmt::format("coqa/coqa-{}-v1.0.json", split));
  read(run_ingest_coqa, strictly());
  expect_all("coqa");
}

TEST_F(Readers, SquadQuestionGeneration) {
  input("json", "squad/train-v1.1.json");
  input("json", "squad/dev-v1.1.json");
  for (const char* split : {"train", "dev", "test"})
    input(fmt::format("doclist_{}", split), fmt::format("squad/doclist-{}.txt", split));
  SquadQgIngest params;
  params.max_bad_share = 0;
  read(run_ingest_squad_qg, params);
  expect_all("squad");
}

TEST_F(Readers, CnnDm) {
  input("stories", "cnndm/cnn");
  input("stories", "cnndm/dailymail");
  input("train_urls", "cnndm/url_lists/all_train.txt");
  input("dev_urls", "cnndm/url_lists/all_val.txt");
  input("test_urls", "cnndm/url_lists/all_test.txt");
  read(run_ingest_cnndm, strictly());
  expect_all("cnndm");
}

TEST_F(Readers, Gigaword) {
  input("train_source", "gigaword/train.article.txt");
  input("train_target", "gigaword/train.title.txt");
  input("dev_source", "gigaword/valid.article.filter.txt");
  input("dev_target", "gigaword/valid.title.filter.txt");
  input("test_source", "gigaword/input.txt");
  input("test_target", "gigaword/task1_ref0.txt");
  read(run_ingest_gigaword, strictly());
  expect_all("gigaword");
}

TEST_F(Readers, Vqa) {
  for (const char* subset : {"train2014", "val2014", "test2015"})
    input("questions", fmt::format("vqa/v2_OpenEnded_mscoco_{}_questions.json", subset));
  for (const char* subset : {"train2014", "val2014"})
    input("annotations", fmt::format("vqa/v2_mscoco_{}_annotations.json", subset));
  input("answers", "vqa/trainval_label2ans.json");
  input("images", "coco/images");
  VqaIngest params;
  params.pictures.max_bad_share = 0;
  read(run_ingest_vqa, params);
  expect_all("vqa");
}

TEST_F(Readers, SnliVe) {
  for (const char* split : {"train", "dev", "test"})
    input("rows", fmt::format("snli_ve/snli_ve_{}.jsonl", split));
  input("images", "flickr30k/flickr30k-images");
  SnliVeIngest params;
  params.pictures.max_bad_share = 0;
  read(run_ingest_snli_ve, params);
  expect_all("snli_ve");
}

TEST_F(Readers, Flickr30k) {
  input("images", "flickr30k/flickr30k-images");
  input("tokens", "flickr30k/results_20130124.token");
  input("split", "flickr30k/dataset_flickr30k.json");
  read(run_ingest_flickr30k, strict_pictures());
  EXPECT_EQ(reader_.count("images.train"), 114);
  EXPECT_EQ(reader_.count("images.val"), 20);
  EXPECT_EQ(reader_.count("captions.test"), 80);
}

TEST_F(Readers, CocoCaption) {
  input("split", "coco/dataset_coco.json");
  input("captions", "coco/annotations/captions_train2014.json");
  input("captions", "coco/annotations/captions_val2014.json");
  input("images", "coco/images");
  read(run_ingest_coco_caption, strict_pictures());
  EXPECT_EQ(reader_.count("images.train"), 114);
  EXPECT_EQ(reader_.count("captions.val"), 100);
}

TEST_F(Readers, VisualGenome) {
  input("image_data", "visual_genome/image_data.json");
  input("objects", "visual_genome/objects.json");
  input("attributes", "visual_genome/attributes.json");
  input("regions", "visual_genome/region_descriptions.json");
  input("scene_graphs", "visual_genome/scene_graphs.json");
  input("questions", "visual_genome/question_answers.json");
  input("images", "coco/images");
  read(run_ingest_visual_genome, GenomeIngest{.pictures = strict_pictures()});
  EXPECT_EQ(reader_.count("images.train"), 114);
  EXPECT_EQ(reader_.count("examples.train"), 3 * 114);
}

TEST_F(Readers, Wikipedia) {
  input("texts", "wikipedia/enwiki-20200101-pages-articles-multistream.xml.bz2");
  read(run_ingest_bookwiki, BookWikiIngest{.max_bad_share = 0});
  EXPECT_EQ(reader_.count("documents.train"), count("wikipedia.articles"));
  std::string texts;
  ASSERT_TRUE(visit_documents(reader_.output(), [&](DocumentRecord& document) {
    texts += document.text;
    return ok();
  }));
  for (const char* mark : {"{{", "[[", "<ref", "wikitable", "&nbsp;", "'''"})
    EXPECT_EQ(texts.find(mark), std::string::npos) << mark;
}

TEST_F(Readers, OpenWebText) {
  input("texts", "openwebtext/openwebtext.tar");
  read(run_ingest_openwebtext, OpenWebTextIngest{.max_bad_share = 0});
  EXPECT_EQ(reader_.count("documents.train"), count("openwebtext.documents"));
}

TEST_F(Readers, OpenImages) {
  for (const char* subset : {"train", "validation", "test"}) {
    input("image_list", fmt::format("openimages/{}-images-with-rotation.csv", subset));
    input("boxes", fmt::format("openimages/{}-annotations-bbox.csv", subset));
    input("labels", fmt::format("openimages/{}-annotations-human-imagelabels.csv", subset));
    input("images", fmt::format("openimages/{}", subset));
  }
  input("classes", "openimages/class-descriptions-boxable.csv");
  input("hierarchy", "openimages/bbox_labels_600_hierarchy.json");
  read(run_ingest_openimages, OpenImagesIngest{.pictures = strict_pictures()});
  EXPECT_EQ(reader_.count("images.train"), count("openimages.train"));
  EXPECT_EQ(reader_.count("images.val"), count("openimages.validation"));
  EXPECT_EQ(reader_.count("images.turned"), count("openimages.turned"));
}

// Addresses that gave no picture are the point of these two; the others all arrive.
TEST_F(Readers, ConceptualCaptionsFromTheFolderToServe) {
  input("pairs", "cc/Train_GCC-training.tsv");
  input("images", "web/cc/train");
  const Status status =
      reader_.run(run_ingest_conceptual_captions, PairIngest{.pictures = {.max_bad_share = 0.2}});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_GE(reader_.count("images.train"), 33);
  EXPECT_LE(reader_.count("images.train"), 38);
}

TEST_F(Readers, SbuFromTheFolderToServe) {
  input("urls", "sbu/SBU_captioned_photo_dataset_urls.txt");
  input("captions", "sbu/SBU_captioned_photo_dataset_captions.txt");
  input("images", "web/sbu");
  const Status status = reader_.run(run_ingest_sbu, PairIngest{.pictures = {.max_bad_share = 0.2}});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(reader_.count("images.train"),
            count("sbu.alive") + std::clamp<std::int64_t>(count("sbu.unavailable"), 0, 1));
}

}  // namespace
}  // namespace unimo::stages
