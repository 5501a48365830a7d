// What the makers of the corpora and benchmarks say there is of them, once for all: readers set
// their counts against these, and `unimo data check` judges downloads by them. Sources stand beside
// the numbers; 0 means that none is published.
#pragma once

#include <cstdint>
#include <string_view>

namespace unimo::stages {

struct SplitCounts {
  std::int64_t train = 0, val = 0, test = 0;
  constexpr std::int64_t sum() const { return train + val + test; }
};

// GLUE's files (Wang et al. 2019): examples.
constexpr SplitCounts kSst2{67'349, 872, 1'821};
constexpr SplitCounts kCola{8'551, 1'043, 1'063};
constexpr SplitCounts kStsb{5'749, 1'500, 1'379};
constexpr SplitCounts kMnliMatched{392'702, 9'815, 9'796};  // train is of both sets
constexpr SplitCounts kMnliMismatched{0, 9'832, 9'847};
constexpr std::int64_t kMnliDiagnostic = 1'104;
// CoLA's own release cuts the development split in two (its README).
constexpr std::int64_t kColaInDomainDev = 527, kColaOutOfDomainDev = 516;

// Reddy et al. 2019; the test is hidden.
constexpr SplitCounts kCoqaTurns{108'647, 7'983, 0};
constexpr SplitCounts kCoqaConversations{7'199, 500, 0};

// SQuAD 1.1 in Du et al.'s split: questions; of their line pairs, where one sentence stands for
// each question that it answers; articles of their lists.
constexpr SplitCounts kSquadQuestions{75'722, 10'570, 11'877};
constexpr SplitCounts kSquadSentences{70'484, 10'570, 11'877};
constexpr SplitCounts kSquadArticles{398, 48, 44};

// Addresses of See et al.'s lists, one a story; 114 of train have no text.
constexpr SplitCounts kCnndm{287'227, 13'368, 11'490};

// Rush et al. 2015; of the 2 000 test pairs those with both sides.
constexpr SplitCounts kGigaword{3'803'957, 189'651, 1'951};

// Gokaslan and Cohen 2019.
constexpr std::int64_t kOpenWebTextDocuments = 8'013'769;
// Zhu et al. 2015, table 2: the two files of BookCorpus together.
constexpr std::int64_t kBookCorpusSentences = 74'004'228;

// What a release of COCO has of a part.
struct CocoOfficial {
  std::string_view part;  // in the name of the file: "train2014"
  std::string_view split;
  std::int64_t images = 0, captions = 0;
};
// The data set's own pages (cocodataset.org, "Download" and "Explore"); captions of the 2014 parts
// as in Chen et al. 2015, "Microsoft COCO Captions", those of 2017 counted in the published files.
constexpr CocoOfficial kCocoParts[] = {
    {"train2014", "train", 82'783, 414'113},  {"val2014", "val", 40'504, 202'654},
    {"test2014", "test", 40'775, 0},          {"test2015", "test", 81'434, 0},
    {"train2017", "train", 118'287, 591'753}, {"val2017", "val", 5'000, 25'014},
    {"test2017", "test", 40'670, 0},          {"unlabeled2017", "unlabeled", 123'403, 0}};

// A part that is in the table.
constexpr const CocoOfficial& coco_counts(std::string_view part) {
  const CocoOfficial* found = kCocoParts;
  while (found->part != part) ++found;
  return *found;
}

// Karpathy and Fei-Fei 2015: the pictures of train2014 and val2014. restval is the part of val2014
// that is trained on too.
constexpr SplitCounts kKarpathyImages{82'783, 5'000, 5'000};
constexpr SplitCounts kKarpathyCaptions{414'113, 25'010, 25'010};
constexpr std::int64_t kKarpathyRestvalImages = 30'504, kKarpathyRestvalCaptions = 152'634;

// Krishna et al. 2017, version 1.4; all but the pictures are rounded.
constexpr std::int64_t kGenomeImages = 108'077;
constexpr std::int64_t kGenomeRegions = 5'400'000, kGenomeObjects = 3'800'000,
                       kGenomeRelationships = 2'300'000, kGenomeQuestions = 1'700'000;

// Sharma et al. 2018: rows of the published lists.
constexpr SplitCounts kConceptualCaptions{3'318'333, 15'840, 0};

// Ordonez et al. 2011: rows of the two lists. The JSON that came later has what was alive then,
// rounded.
constexpr std::int64_t kSbuPairs = 1'000'000, kSbuAlive = 860'000;

// Version 3 (Kuznetsova et al. 2020); training pictures with boxes of version 5 and later.
constexpr SplitCounts kOpenImages{9'011'219, 41'620, 125'436};
constexpr std::int64_t kOpenImagesBoxed = 1'743'042;

// Goyal et al. 2017, as counted on the data set's page. The questions of test-dev are among those
// of test.
constexpr SplitCounts kVqaQuestions{443'757, 214'354, 447'793};
constexpr std::int64_t kVqaTestDev = 107'394;
// The answers that UNIMO, LXMERT and others choose from, the empty one among them.
constexpr std::int64_t kVqaAnswers = 3'129;

// Xie et al. 2019: rows of the three files; pictures of the lists, train and val in one.
constexpr SplitCounts kSnliVe{529'527, 17'858, 17'901};
constexpr std::int64_t kSnliVeTrainValImages = 30'783, kSnliVeTestImages = 1'000;

// Young et al. 2014, and the 31 014 of its pictures in Karpathy and Fei-Fei's split; Flickr8k as
// its lists have it, and its pictures that have captions. Five captions each.
constexpr std::int64_t kFlickr30kImages = 31'783, kFlickr8kImages = 8'091;
constexpr SplitCounts kFlickr30k{29'000, 1'014, 1'000};
constexpr SplitCounts kFlickr8k{6'000, 1'000, 1'000};
constexpr std::int64_t kFlickrCaptionsEach = 5;
// One picture of its token file is not among the pictures.
constexpr std::int64_t kFlickr8kTokenLines = 40'460;

}  // namespace unimo::stages
