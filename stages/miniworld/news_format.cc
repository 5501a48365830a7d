#include "orchestrator/base/hash.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/lexicon.h"
#include "stages/miniworld/news.h"
#include "stages/miniworld/output_files.h"

namespace unimo::stages {

namespace {

constexpr std::size_t kScenesOfStory = 3;
constexpr std::size_t kHeadlines = 2;  // of a scene
constexpr std::size_t kLead = 3;       // sentences: lead-3
constexpr double kRare = 0.1;          // names that Gigaword's vocabulary lacks

std::string first_sentences(const std::string& text, std::size_t count) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < count && end != std::string::npos; ++i)
    end = text.find(". ", end + 1);
  return text.substr(0, end);
}

class CnnDm : public Format {
 public:
  CnnDm(World& world, SplitFiles lists) : world_(world), lists_(std::move(lists)) {
    world.baselines.declare({.name = "cnndm", .metric = "word_f1"});
  }

  Status add(const Exhibit& exhibit) override {
    if (!scenes_.empty() && (split_ != exhibit.split || scenes_.size() == kScenesOfStory))
      UNIMO_TRY(end_story());
    split_ = exhibit.split;
    scenes_.push_back(exhibit.scene);
    return ok();
  }

  Status finish() override {
    UNIMO_TRY(end_story());
    return lists_.close();
  }

 private:
  Status end_story() {
    if (scenes_.empty()) return ok();
    const std::int64_t number = scenes_[0].number;
    Draws draws(world_.seed, "cnndm", static_cast<std::uint64_t>(number));
    NewsStory news = write_news(scenes_, draws);
    // Two papers; only the first marks its articles.
    const bool cnn = draws.chance(0.5);
    if (!cnn) news.paragraphs[0].erase(0, std::string_view("(CNN) -- ").size());
    const std::string url =
        cnn ? fmt::format(
                  "http://web.archive.org/web/20150401100102id_/http://www.cnn.com/2015/04/"
                  "01/world/scene-{}/",
                  number)
            : fmt::format(
                  "http://web.archive.org/web/20150401100102id_/http://www.dailymail.co.uk/"
                  "news/article-{}/scene.html",
                  number);
    std::string text, article;
    for (const std::string& paragraph : news.paragraphs) {
      text += (text.empty() ? "" : "\n\n") + paragraph;
      article += (article.empty() ? "" : " ") + paragraph;
    }
    std::string highlights;
    for (const std::string& sentence : news.highlights) {
      text += "\n\n@highlight\n\n" + sentence;
      highlights += sentence + "\n";
    }
    judge(article, highlights);
    ++world_.counts["cnndm." + split_];
    scenes_.clear();
    const std::string name =
        fmt::format("{}/stories/{}.story", cnn ? "cnn" : "dailymail", sha1_hex(url));
    UNIMO_TRY(put_file(world_.folder / "cnndm" / name, text));
    return lists_.of(split_).add(url + "\n");
  }

  void judge(const std::string& article, const std::string& highlights) {
    if (split_ != "val") return;
    world_.baselines.compare("cnndm", "lead", first_sentences(article, kLead), {highlights});
    world_.baselines.compare("cnndm", "copy", article, {highlights});
  }

  World& world_;
  SplitFiles lists_;
  std::vector<Scene> scenes_;
  std::string split_;
};

class Gigaword : public Format {
 public:
  Gigaword(World& world, SplitFiles articles, SplitFiles titles)
      : world_(world), articles_(std::move(articles)), titles_(std::move(titles)) {
    world.baselines.declare({.name = "gigaword", .metric = "word_f1"});
  }

  Status add(const Exhibit& exhibit) override {
    Draws draws(world_.seed, "gigaword", static_cast<std::uint64_t>(exhibit.scene.number));
    for (std::size_t k = 0; k < kHeadlines; ++k) {
      Headline pair = write_headline(exhibit.scene, draws);
      judge(exhibit, pair);
      // Training and development have <unk> for rare words, the test has UNK.
      if (draws.chance(kRare)) hide_names(pair, exhibit.split == "test" ? "UNK" : "<unk>");
      UNIMO_TRY(articles_.of(exhibit.split).add(pair.sentence + "\n"));
      UNIMO_TRY(titles_.of(exhibit.split).add(pair.headline + "\n"));
      ++world_.counts["gigaword." + exhibit.split];
    }
    return ok();
  }

  Status finish() override {
    UNIMO_TRY(articles_.close());
    return titles_.close();
  }

 private:
  static void hide_names(Headline& pair, std::string_view unknown) {
    for (std::string* text : {&pair.sentence, &pair.headline}) {
      for (const Person& person : people()) {
        const std::string name = lower_case(person.name);
        const std::size_t at = text->find(name + " ");
        if (at != std::string::npos && (at == 0 || (*text)[at - 1] == ' '))
          text->replace(at, name.size(), unknown);
      }
    }
  }

  void judge(const Exhibit& exhibit, const Headline& pair) {
    if (exhibit.split != "val") return;
    std::string lead;
    std::size_t words = 0;
    for (const std::string& w : words_of(pair.sentence)) {
      if (words++ < 8) lead += w + " ";  // as the lead-8 baseline of the literature
    }
    world_.baselines.compare("gigaword", "lead", lead, {pair.headline});
    world_.baselines.compare("gigaword", "copy", pair.sentence, {pair.headline});
  }

  World& world_;
  SplitFiles articles_, titles_;
};

}  // namespace

OpenedFormat cnndm_format(World& world) {
  auto lists = UNIMO_TRY(SplitFiles::create(world.folder / "cnndm" / "url_lists", "all_train.txt",
                                            "all_val.txt", "all_test.txt"));
  return std::make_unique<CnnDm>(world, std::move(lists));
}

OpenedFormat gigaword_format(World& world) {
  const std::filesystem::path folder = world.folder / "gigaword";
  auto articles = UNIMO_TRY(
      SplitFiles::create(folder, "train.article.txt", "valid.article.filter.txt", "input.txt"));
  auto titles = UNIMO_TRY(
      SplitFiles::create(folder, "train.title.txt", "valid.title.filter.txt", "task1_ref0.txt"));
  return std::make_unique<Gigaword>(world, std::move(articles), std::move(titles));
}

}  // namespace unimo::stages
