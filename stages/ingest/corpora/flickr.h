// Flickr8k and Flickr30k: token files, Karpathy files, Entities markup and boxes, to pending
// pictures, outside memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/base/result.h"
#include "stages/ingest/assemble.h"
#include "stages/ingest/corpora/karpathy.h"
#include "stages/ingest/group_sort.h"
#include "stages/ingest/id_table.h"
#include "stages/ingest/image_files.h"
#include "stages/ingest/picture_queue.h"
#include "stages/ingest/side_file.h"

namespace unimo {
class StageContext;
}

namespace unimo::stages {

// read_* and add_* in any order, then resolve, once.
class FlickrCorpus {
 public:
  // `folder` holds temporary files, which have no name there.
  FlickrCorpus(const std::filesystem::path& folder, Quarantine& quarantine);

  // Lines "name.jpg#0<TAB>caption", packed or not.
  Status read_tokens(const std::filesystem::path& path);
  // Entities: a folder or an archive with Sentences/ID.txt and Annotations/ID.xml. With `captions`
  // the sentences become captions.
  Status read_entities(const std::filesystem::path& path, bool captions);
  // A picture that a list or a Karpathy file names.
  Status add_picture(std::string_view name, std::string_view source);
  Status add_caption(std::string_view name, const PendingCaption& caption);

  // Pictures in the order in which they first appear, with split and file; those without a file go
  // to the quarantine with their captions and boxes. Phrases and their boxes go to `entities`.
  Status resolve(const ImageFiles& files, const SplitTable& splits, PictureQueue& pictures,
                 SideFile& entities);

  // Lines of the token files whose tab was missing, and which were understood all the same.
  std::int64_t mended_lines() const { return mended_lines_; }

 private:
  struct Group;
  Status take_member(std::string_view member, const std::string& bytes, bool captions);
  Status read_token(std::string_view line, const std::string& source);
  void refuse(const Group& group, const ImageFiles::Found& found);
  bool unpack(std::span<const std::string> parts, Group& group);
  void take_sentences(Group& group, const std::string& source, const std::string& text,
                      bool captions);
  void take_boxes(Group& group, const std::string& source, const std::string& xml);
  void make_regions(Group& group);
  Status pass_on(Group& group, PictureQueue& pictures, SideFile& entities);

  Quarantine& quarantine_;
  GroupSort parts_;
  IdTable caption_ids_, picture_ids_;
  std::int64_t order_ = 0, mended_lines_ = 0;
};

// The stages ingest.flickr and ingest.flickr30k, which differ in their name and official counts.
// Inputs: tokens, split, train, val, test, entities, images; parameters: PictureIngest.
Status ingest_flickr(StageContext& context, std::string_view source);

}  // namespace unimo::stages
