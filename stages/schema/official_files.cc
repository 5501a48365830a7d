#include "stages/schema/official_files.h"

#include "stages/schema/official_counts.h"

namespace unimo::stages {

namespace {

using enum FileForm;

constexpr std::string_view kGlue = "https://gluebenchmark.com (Tasks)";

OfficialFile optional(OfficialFile file) {
  file.wanted = false;
  return file;
}

OfficialFile about(OfficialFile file) {
  file.rounded = true;
  return file;
}

// Of which a complete copy is known.
OfficialFile known(OfficialFile file, std::int64_t size, std::string_view sha256) {
  file.size = size;
  file.sha256 = sha256;
  return file;
}

OfficialFile captions(std::string_view edition, std::string_view name, std::string_view part) {
  return {edition, name, kJson, "annotations", coco_counts(part).captions, "captions"};
}

OfficialFile pictures(std::string_view edition, std::string_view name, std::int64_t count) {
  return {edition, name, kFiles, "", count, "pictures"};
}

OfficialFile coco_pictures(std::string_view edition, std::string_view name, std::string_view part) {
  return pictures(edition, name, coco_counts(part).images);
}

OfficialFile karpathy_coco(std::string_view edition) {
  return {edition,
          "dataset_coco.json",
          kJson,
          "images",
          kKarpathyImages.sum() + kKarpathyRestvalImages,
          "pictures"};
}

OfficialDataset bookwiki() {
  return {"bookwiki",
          "ingest.bookwiki",
          {"wikipedia", "books", "bookcorpus"},
          "https://dumps.wikimedia.org (enwiki); BookCorpus is no longer given out",
          false,
          {{"dump", "*wiki-*pages-articles*.xml.bz2", kStream},
           {"extracted", "wiki_*", kFiles, "", 0, "files of WikiExtractor"},
           optional({"", "books_large_p*.txt", kLines, "", kBookCorpusSentences, "sentences"})}};
}

OfficialDataset openwebtext() {
  return {
      "openwebtext",
      "ingest.openwebtext",
      {},
      "https://skylion007.github.io/OpenWebTextCorpus",
      false,
      {{"tar", "openwebtext.tar*", kArchive, ".txt", kOpenWebTextDocuments, "documents"},
       {"subsets", "urlsf_subset*_data.xz", kArchive, ".txt", kOpenWebTextDocuments, "documents"}}};
}

OfficialDataset coco() {
  return {"coco",
          "ingest.coco",
          {"mscoco"},
          "https://cocodataset.org (Download)",
          false,
          {captions("2014", "captions_train2014.json", "train2014"),
           captions("2014", "captions_val2014.json", "val2014"),
           coco_pictures("2014", "train2014/*.jpg", "train2014"),
           coco_pictures("2014", "val2014/*.jpg", "val2014"),
           optional({"2014", "instances_train2014.json", kJson, "annotations", 0, "boxes"}),
           optional({"2014", "instances_val2014.json", kJson, "annotations", 0, "boxes"}),
           captions("2017", "captions_train2017.json", "train2017"),
           captions("2017", "captions_val2017.json", "val2017"),
           coco_pictures("2017", "train2017/*.jpg", "train2017"),
           coco_pictures("2017", "val2017/*.jpg", "val2017"),
           optional({"2017", "instances_train2017.json", kJson, "annotations", 0, "boxes"}),
           optional({"2017", "instances_val2017.json", kJson, "annotations", 0, "boxes"}),
           optional({"", "image_info_unlabeled2017.json", kJson, "images",
                     coco_counts("unlabeled2017").images, "pictures"}),
           optional(coco_pictures("", "unlabeled2017/*.jpg", "unlabeled2017")),
           optional(coco_pictures("", "test2014/*.jpg", "test2014")),
           optional(coco_pictures("", "test2015/*.jpg", "test2015")),
           optional(coco_pictures("", "test2017/*.jpg", "test2017")), optional(karpathy_coco(""))}};
}

OfficialDataset visual_genome() {
  return {
      "visual_genome",
      "ingest.visual_genome",
      {"genome", "vg", "visualgenome"},
      "https://visualgenome.org (Download, version 1.4)",
      true,
      {{"", "image_data.json", kJson, "", kGenomeImages, "pictures"},
       about({"", "objects.json", kJson, "/objects", kGenomeObjects, "objects"}),
       {"", "attributes.json", kJson, "/attributes", 0, "objects"},
       about({"", "region_descriptions.json", kJson, "/regions", kGenomeRegions, "phrases"}),
       optional(about({"", "relationships.json", kJson, "/relationships", kGenomeRelationships,
                       "relationships"})),
       optional({"", "scene_graphs.json", kJson, "", 0, "pictures"}),
       optional(about({"", "question_answers.json", kJson, "/qas", kGenomeQuestions, "questions"})),
       pictures("", "VG_100K*/*.jpg", kGenomeImages)}};
}

OfficialDataset conceptual_captions() {
  return {"conceptual_captions",
          "ingest.conceptual_captions",
          {"cc", "cc3m", "conceptual-captions"},
          "https://github.com/google-research-datasets/conceptual-captions; the pictures come by "
          "fetch.images",
          false,
          {{"", "Train_GCC-training.tsv", kLines, "", kConceptualCaptions.train, "captions"},
           {"", "Validation_GCC-1.1.0-Validation.tsv", kLines, "", kConceptualCaptions.val,
            "captions"}}};
}

OfficialDataset sbu() {
  return {"sbu",
          "ingest.sbu",
          {"sbucaptions"},
          "https://www.cs.virginia.edu/~vicente/sbucaptions; the pictures come by fetch.images",
          false,
          {{"lists", "SBU_captioned_photo_dataset_urls.txt", kLines, "", kSbuPairs, "addresses"},
           {"lists", "SBU_captioned_photo_dataset_captions.txt", kLines, "", kSbuPairs, "captions"},
           about({"json", "sbu-captions-all.json", kJson, "captions", kSbuAlive, "captions"})}};
}

OfficialDataset openimages() {
  return {
      "openimages",
      "ingest.openimages",
      {"open_images", "oid"},
      "https://storage.googleapis.com/openimages/web/index.html (Download)",
      false,
      {{"all", "train-images-with-rotation.csv", kCsv, "ImageID", kOpenImages.train, "pictures"},
       {"boxed", "train-images-boxable-with-rotation.csv", kCsv, "ImageID", kOpenImagesBoxed,
        "pictures"},
       {"", "validation-images-with-rotation.csv", kCsv, "ImageID", kOpenImages.val, "pictures"},
       {"", "test-images-with-rotation.csv", kCsv, "ImageID", kOpenImages.test, "pictures"},
       {"", "*class-descriptions*.csv", kLines, "", 0, "classes"},
       optional({"", "*annotations-bbox.csv", kCsv, "ImageID", 0, "boxes"}),
       optional({"", "*annotations-human-imagelabels*.csv", kCsv, "ImageID", 0, "labels"}),
       optional(known({"", "bbox_labels_hierarchy.json", kStream}, 25'025,
                      "db5d7fd30455c68f3134d52b800c4e078598b4ec5dcc8ea61255793002185835"))}};
}

OfficialDataset coqa() {
  return {"coqa",
          "ingest.coqa",
          {},
          "https://stanfordnlp.github.io/coqa",
          false,
          {{"", "coqa-train-v1.0.json", kJson, "data", kCoqaConversations.train, "conversations"},
           {"", "coqa-dev-v1.0.json", kJson, "data", kCoqaConversations.val, "conversations"}}};
}

OfficialFile lines(std::string_view edition, std::string_view name, std::int64_t count,
                   std::string_view unit) {
  return {edition, name, kLines, "", count, unit};
}

// Sizes and digests of the files that are whole in Du et al.'s repository, and of SQuAD's dev.
OfficialDataset squad_qg() {
  return {"squad_qg",
          "ingest.squad_qg",
          {"squad", "squad1.1", "nqg"},
          "lines, doclists: https://github.com/xinyadu/nqg; json: "
          "https://rajpurkar.github.io/SQuAD-explorer (1.1); unilm: UniLM's release",
          true,
          {lines("lines", "src-train.txt", kSquadSentences.train, "sentences"),
           lines("lines", "tgt-train.txt", kSquadSentences.train, "questions"),
           lines("lines", "src-dev.txt", kSquadSentences.val, "sentences"),
           lines("lines", "tgt-dev.txt", kSquadSentences.val, "questions"),
           known(lines("lines", "src-test.txt", kSquadSentences.test, "sentences"), 2'190'004,
                 "5714e36b9f3ef884f4e109e876f4e507d61f58a1241b4fb0403866dfdeef315d"),
           known(lines("lines", "tgt-test.txt", kSquadSentences.test, "questions"), 748'180,
                 "e75710df557c2432925c8f2ca17e9b490235ce3c647c857fceaea6c401203a76"),
           {"json", "train-v1.1.json", kJson, "data", kSquadArticles.train + kSquadArticles.test,
            "articles"},
           known({"json", "dev-v1.1.json", kJson, "data", kSquadArticles.val, "articles"},
                 4'854'279, ""),
           known(lines("json", "doclist-train.txt", kSquadArticles.train, "articles"), 6'004,
                 "2c99082b23fcfb6c0d9c12fe6140eedd1690d581b1e7c8d38b36eeca4677d998"),
           known(lines("json", "doclist-dev.txt", kSquadArticles.val, "articles"), 761,
                 "9f8220717484ad975348e913fde4616dc47ee1f6bd079a694c8c441c68b3f06d"),
           known(lines("json", "doclist-test.txt", kSquadArticles.test, "articles"), 809,
                 "2a2b79a476e04276f2fdecbbb991db2ee2a712ecc4ef2f02629d46681f8bd108"),
           lines("unilm", "train.pa.tok.txt", kSquadQuestions.train, "passages"),
           lines("unilm", "train.q.tok.txt", kSquadQuestions.train, "questions"),
           lines("unilm", "dev.pa.tok.txt", kSquadQuestions.val, "passages"),
           lines("unilm", "dev.q.tok.txt", kSquadQuestions.val, "questions"),
           lines("unilm", "test.pa.tok.txt", kSquadQuestions.test, "passages"),
           lines("unilm", "test.q.tok.txt", kSquadQuestions.test, "questions")}};
}

OfficialDataset cnndm() {
  return {"cnndm",
          "ingest.cnndm",
          {"cnn_dm", "cnn-dailymail", "cnn_dailymail"},
          "https://cs.nyu.edu/~kcho/DMQA (Stories, CNN and Daily Mail); lists: "
          "https://github.com/abisee/cnn-dailymail",
          false,
          {lines("", "all_train.txt", kCnndm.train, "addresses"),
           lines("", "all_val.txt", kCnndm.val, "addresses"),
           lines("", "all_test.txt", kCnndm.test, "addresses"),
           {"folders", "*.story", kFiles, "", kCnndm.sum(), "stories"},
           {"archives", "*_stories.tgz", kArchive, ".story", kCnndm.sum(), "stories"}}};
}

OfficialDataset gigaword() {
  return {"gigaword",
          "ingest.gigaword",
          {"giga", "sumdata"},
          "https://github.com/harvardnlp/sent-summary; unilm: UniLM's release",
          true,
          {lines("rush", "train.article.txt", kGigaword.train, "sentences"),
           lines("rush", "train.title.txt", kGigaword.train, "headlines"),
           lines("rush", "valid.article.filter.txt", kGigaword.val, "sentences"),
           lines("rush", "valid.title.filter.txt", kGigaword.val, "headlines"),
           lines("rush", "input.txt", kGigaword.test, "sentences"),
           lines("rush", "task1_ref0.txt", kGigaword.test, "headlines"),
           lines("unilm", "train.src.txt", kGigaword.train, "sentences"),
           lines("unilm", "train.tgt.txt", kGigaword.train, "headlines"),
           lines("unilm", "dev.src.txt", kGigaword.val, "sentences"),
           lines("unilm", "dev.tgt.txt", kGigaword.val, "headlines"),
           lines("unilm", "test.src.txt", kGigaword.test, "sentences"),
           lines("unilm", "test.tgt.txt", kGigaword.test, "headlines")}};
}

OfficialFile table(std::string_view edition, std::string_view name, std::string_view column,
                   std::int64_t rows) {
  return {edition, name, kTable, column, rows, "examples"};
}

OfficialDataset sst2() {
  return {"sst2",
          "ingest.sst2",
          {"sst-2"},
          kGlue,
          true,
          {known(table("", "train.tsv", "sentence", kSst2.train), 3'806'081,
                 "48eac26399f8456935f81dd9e3a745c1430adb6c62e233ccfe22db4a0d15d1d1"),
           known(table("", "dev.tsv", "sentence", kSst2.val), 94'931,
                 "54a9c12c77e402fc14d6a66a506f24d999f596b0176eb777c972cccc2f9cc4b0"),
           known(table("", "test.tsv", "sentence", kSst2.test), 197'335,
                 "69a938605609b3e6663b4487918fe1565eb293734e6e520d0366d1d412fd2a13")}};
}

OfficialDataset mnli() {
  return {
      "mnli",
      "ingest.mnli",
      {"multinli", "multinli_1.0", "diagnostic"},
      "glue: https://gluebenchmark.com (Tasks); multinli: https://cims.nyu.edu/~sbowman/multinli",
      true,
      {table("glue", "train.tsv", "sentence1", kMnliMatched.train),
       table("glue", "dev_matched.tsv", "sentence1", kMnliMatched.val),
       table("glue", "dev_mismatched.tsv", "sentence1", kMnliMismatched.val),
       table("glue", "test_matched.tsv", "sentence1", kMnliMatched.test),
       table("glue", "test_mismatched.tsv", "sentence1", kMnliMismatched.test),
       optional(table("glue", "diagnostic.tsv", "index", kMnliDiagnostic)),
       {"multinli", "multinli_1.0_train.jsonl", kJsonLines, "", kMnliMatched.train, "examples"},
       {"multinli", "multinli_1.0_dev_matched.jsonl", kJsonLines, "", 0, "examples"},
       {"multinli", "multinli_1.0_dev_mismatched.jsonl", kJsonLines, "", 0, "examples"}}};
}

OfficialDataset cola() {
  return {"cola",
          "ingest.cola",
          {"cola_public"},
          "glue: https://gluebenchmark.com (Tasks); own: https://nyu-mll.github.io/CoLA",
          true,
          {known(lines("glue", "train.tsv", kCola.train, "sentences"), 428'578,
                 "f320a10f92d3bce6b29152fde322a362eac39238e50d8de0c8815457fdf4fc12"),
           lines("glue", "dev.tsv", kCola.val, "sentences"),
           optional(table("glue", "test.tsv", "sentence", kCola.test)),
           known(lines("own", "in_domain_train.tsv", kCola.train, "sentences"), 428'578,
                 "f320a10f92d3bce6b29152fde322a362eac39238e50d8de0c8815457fdf4fc12"),
           known(lines("own", "in_domain_dev.tsv", kColaInDomainDev, "sentences"), 25'957,
                 "77176f6a03faa5a1c4f23c69971fc1bff565931112fb65af47b2d6e24b7f42f7"),
           known(lines("own", "out_of_domain_dev.tsv", kColaOutOfDomainDev, "sentences"), 27'754,
                 "201b9c57b2a20f1282242eec0ed8995729e3be19c29a46c047b3727338836c05")}};
}

OfficialDataset stsb() {
  return {"stsb",
          "ingest.stsb",
          {"sts-b", "stsbenchmark"},
          "glue: https://gluebenchmark.com (Tasks); own: STSbenchmark's release",
          true,
          {known(table("glue", "train.tsv", "sentence1", kStsb.train), 984'099,
                 "41c4d978b6162abdcada7e49a982211954cca5459c228db478af333124b257a2"),
           known(table("glue", "dev.tsv", "sentence1", kStsb.val), 276'928,
                 "fe7dc0632a5033562f3cadff991f6e8d9b9b6311861660e78c3c82eb7db67f59"),
           known(table("glue", "test.tsv", "sentence1", kStsb.test), 292'587,
                 "16b4223d7d44a644fbc10f1b449472cfe81e1715fb07cf44023b0aa88ce856eb"),
           lines("own", "sts-train.csv", kStsb.train, "examples"),
           lines("own", "sts-dev.csv", kStsb.val, "examples"),
           lines("own", "sts-test.csv", kStsb.test, "examples")}};
}

OfficialFile questions(std::string_view name, std::int64_t count) {
  return {"", name, kJson, "questions", count, "questions"};
}

OfficialFile annotations(std::string_view name, std::int64_t count) {
  return {"", name, kJson, "annotations", count, "annotations"};
}

OfficialDataset vqa() {
  return {
      "vqa",
      "ingest.vqa",
      {"vqa2", "vqav2", "vqa_v2"},
      "https://visualqa.org (Download, v2.0); the pictures are COCO's",
      false,
      {questions("v2_OpenEnded_mscoco_train2014_questions.json", kVqaQuestions.train),
       questions("v2_OpenEnded_mscoco_val2014_questions.json", kVqaQuestions.val),
       questions("v2_OpenEnded_mscoco_test2015_questions.json", kVqaQuestions.test),
       optional(questions("v2_OpenEnded_mscoco_test-dev2015_questions.json", kVqaTestDev)),
       annotations("v2_mscoco_train2014_annotations.json", kVqaQuestions.train),
       annotations("v2_mscoco_val2014_annotations.json", kVqaQuestions.val),
       optional({"", "v2_mscoco_train2014_complementary_pairs.json", kJson, "", 0, "pairs"}),
       optional({"", "v2_mscoco_val2014_complementary_pairs.json", kJson, "", 0, "pairs"}),
       optional(known({"", "trainval_label2ans.json", kJson, "", kVqaAnswers, "answers"}, 46'668,
                      "e72e568a6303130f5a627db06360605ee3b306366ff463aa5153d782adc12a7d")),
       coco_pictures("", "train2014/*.jpg", "train2014"),
       coco_pictures("", "val2014/*.jpg", "val2014"),
       coco_pictures("", "test2015/*.jpg", "test2015")}};
}

OfficialDataset coco_caption() {
  return {"coco_caption",
          "ingest.coco_caption",
          {},
          "https://cs.stanford.edu/people/karpathy/deepimagesent (caption_datasets.zip); lists: "
          "https://github.com/peteanderson80/bottom-up-attention; the rest is COCO's",
          false,
          {karpathy_coco("json"),
           known(lines("lists", "karpathy_val_images.txt", kKarpathyImages.val, "pictures"),
                 229'080, "4c22366c8366e0372389968778e859124de9430bea992ace65e6131c639888eb"),
           known(lines("lists", "karpathy_test_images.txt", kKarpathyImages.test, "pictures"),
                 229'028, "7ead9f8660c2b7aceee4fdd27e3631aebe6c3bb80c8da911427e15a6821421fa"),
           captions("lists", "captions_train2014.json", "train2014"),
           captions("lists", "captions_val2014.json", "val2014"),
           coco_pictures("", "train2014/*.jpg", "train2014"),
           coco_pictures("", "val2014/*.jpg", "val2014")}};
}

OfficialDataset snli_ve() {
  return {"snli_ve",
          "ingest.snli_ve",
          {"snli-ve", "snli_1.0"},
          "rows, lists: https://github.com/necla-ml/SNLI-VE; snli: "
          "https://nlp.stanford.edu/projects/snli; the pictures are Flickr30k's",
          false,
          {{"rows", "snli_ve_train.jsonl", kJsonLines, "", kSnliVe.train, "examples"},
           {"rows", "snli_ve_dev.jsonl", kJsonLines, "", kSnliVe.val, "examples"},
           {"rows", "snli_ve_test.jsonl", kJsonLines, "", kSnliVe.test, "examples"},
           {"snli", "snli_1.0_train.jsonl", kJsonLines, "", 0, "examples"},
           {"snli", "snli_1.0_dev.jsonl", kJsonLines, "", 0, "examples"},
           {"snli", "snli_1.0_test.jsonl", kJsonLines, "", 0, "examples"},
           known(lines("snli", "flickr30k_train_val.lst", kSnliVeTrainValImages, "pictures"),
                 331'101, "28eaa036eb6b718c1256565b9d267ea45bd7699cd309964106aef1846014c356"),
           known(lines("snli", "flickr30k_test.lst", kSnliVeTestImages, "pictures"), 10'732,
                 "40d78add9de08ec73a269bd5f8fd5230c91e2705fb0b3640f44bc1dcdb329b30"),
           pictures("", "flickr30k-images/*.jpg", kFlickr30kImages)}};
}

OfficialDataset flickr30k() {
  return {"flickr30k",
          "ingest.flickr30k",
          {},
          "https://shannon.cs.illinois.edu/DenotationGraph (on request); splits: "
          "https://cs.stanford.edu/people/karpathy/deepimagesent (caption_datasets.zip); entities: "
          "https://bryanplummer.com/Flickr30kEntities",
          false,
          {{"", "dataset_flickr30k.json", kJson, "images", kFlickr30k.sum(), "pictures"},
           pictures("", "flickr30k-images/*.jpg", kFlickr30kImages),
           optional(lines("", "results_20130124.token", kFlickr30kImages * kFlickrCaptionsEach,
                          "captions")),
           optional({"", "Sentences/*.txt", kFiles, "", kFlickr30kImages, "files of Entities"}),
           optional({"", "Annotations/*.xml", kFiles, "", kFlickr30kImages, "files of Entities"})}};
}

OfficialDataset flickr8k() {
  return {"flickr8k",
          "ingest.flickr",
          {},
          "the University of Illinois gave it out on request (Hodosh et al. 2013)",
          true,
          {lines("", "Flickr8k.token.txt", kFlickr8kTokenLines, "captions"),
           lines("", "Flickr_8k.trainImages.txt", kFlickr8k.train, "pictures"),
           lines("", "Flickr_8k.devImages.txt", kFlickr8k.val, "pictures"),
           lines("", "Flickr_8k.testImages.txt", kFlickr8k.test, "pictures"),
           pictures("", "*.jpg", kFlickr8kImages)}};
}

}  // namespace

const std::vector<OfficialDataset>& official_datasets() {
  static const std::vector<OfficialDataset> kTable = {
      bookwiki(), openwebtext(),  coco(),    visual_genome(), conceptual_captions(),
      sbu(),      openimages(),   coqa(),    squad_qg(),      cnndm(),
      gigaword(), sst2(),         mnli(),    cola(),          stsb(),
      vqa(),      coco_caption(), snli_ve(), flickr30k(),     flickr8k()};
  return kTable;
}

const OfficialDataset* find_official_dataset(std::string_view name) {
  for (const OfficialDataset& dataset : official_datasets()) {
    if (dataset.name == name) return &dataset;
  }
  return nullptr;
}

std::vector<std::string> official_dataset_names() {
  std::vector<std::string> names;
  for (const OfficialDataset& dataset : official_datasets()) names.emplace_back(dataset.name);
  return names;
}

}  // namespace unimo::stages
