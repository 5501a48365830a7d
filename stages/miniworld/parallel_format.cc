// Sentences in English and Tavi, line by line: parallel/{train,val,test}.{en,tavi}.
#include <memory>
#include <utility>

#include "stages/miniworld/caption_meaning.h"
#include "stages/miniworld/format.h"
#include "stages/miniworld/output_files.h"
#include "stages/miniworld/second_language.h"

namespace unimo::stages {

namespace {

class Parallel : public Format {
 public:
  Parallel(World& world, SplitFiles english, SplitFiles tavi)
      : world_(world), english_(std::move(english)), tavi_(std::move(tavi)) {}

  Status add(const Exhibit& exhibit) override {
    Draws draws(world_.seed, "tavi", static_cast<std::uint64_t>(exhibit.scene.number));
    for (const SceneCaption& caption : exhibit.captions) {
      const auto meaning = read_meaning(caption.text);
      if (!meaning)
        return fail(ErrorCode::kFailed, "parallel: the caption \"{}\" cannot be read back",
                    caption.text);
      UNIMO_TRY(english_.of(exhibit.split).add(caption.text + "\n"));
      UNIMO_TRY(tavi_.of(exhibit.split).add(in_tavi(*meaning, draws) + "\n"));
      ++world_.counts["parallel." + exhibit.split];
    }
    return ok();
  }

  Status finish() override {
    UNIMO_TRY(english_.close());
    return tavi_.close();
  }

 private:
  World& world_;
  SplitFiles english_, tavi_;
};

}  // namespace

OpenedFormat parallel_format(World& world) {
  const std::filesystem::path folder = world.folder / "parallel";
  auto english = UNIMO_TRY(SplitFiles::create(folder, "train.en", "val.en", "test.en"));
  auto tavi = UNIMO_TRY(SplitFiles::create(folder, "train.tavi", "val.tavi", "test.tavi"));
  return std::make_unique<Parallel>(world, std::move(english), std::move(tavi));
}

}  // namespace unimo::stages
