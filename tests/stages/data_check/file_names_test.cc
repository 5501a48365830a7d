#include "stages/data_check/file_names.h"

#include <gtest/gtest.h>

namespace unimo::stages {
namespace {

TEST(FileNames, AStarStandsForAnything) {
  EXPECT_TRUE(matches("*.jpg", "a.jpg"));
  EXPECT_TRUE(matches("*wiki-*pages-articles*.xml.bz2",
                      "enwiki-20200101-pages-articles-multistream.xml.bz2"));
  EXPECT_TRUE(matches("a*", "a"));
  EXPECT_FALSE(matches("*.jpg", "a.jpg.txt"));
  EXPECT_FALSE(matches("train.tsv", "train.tsv2"));
}

TEST(FileNames, APackedFileHasTheOfficialName) {
  EXPECT_EQ(match_name("dev.tsv", "dev.tsv"), NameMatch::kExact);
  EXPECT_EQ(match_name("dev.tsv", "dev.tsv.gz"), NameMatch::kExact);
  EXPECT_EQ(match_name("dev.tsv", "dev.tsv.zip"), NameMatch::kNone);
  EXPECT_EQ(match_name("urlsf_subset*_data.xz", "urlsf_subset00-1_data.xz"), NameMatch::kExact);
}

TEST(FileNames, SomethingBeforeTheEndingMakesAPart) {
  EXPECT_EQ(match_name("coqa-dev-v1.0.json", "coqa-dev-v1.0.sample.json"), NameMatch::kPart);
  EXPECT_EQ(match_name("coqa-dev-v1.0.json", "coqa-dev-v1.0.sample.json.gz"), NameMatch::kPart);
  EXPECT_EQ(match_name("coqa-dev-v1.0.json", "coqa-dev-v1.0.json.txt"), NameMatch::kNone);
}

TEST(FileNames, BeforeASlashStandsTheFolder) {
  EXPECT_EQ(folder_and_name("VG_100K*/*.jpg").folder, "VG_100K*");
  EXPECT_EQ(folder_and_name("VG_100K*/*.jpg").name, "*.jpg");
  EXPECT_EQ(folder_and_name("*.story").folder, "");
}

}  // namespace
}  // namespace unimo::stages
