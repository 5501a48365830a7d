#include "evaluators/meteor_aligner.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "orchestrator/base/result.h"

namespace unimo::eval {

namespace {

constexpr std::size_t kBeam = 40;
// So many paths at one position are sorted out before all are there.
constexpr std::size_t kCrowd = 1024;
constexpr int kNone = -1;

// A path of the search: the choices for the reference positions so far.
struct Path {
  int covered = 0;  // words of both sides, weighted and cut
  int chunks = 0;   // closed ones
  std::int64_t distance = 0;
  int next = 0;             // the first reference position that no match of the path reaches
  int last_end = kNone;     // of the last match in the hypothesis, while its chunk is open
  int choices = kNone;      // the last match chosen, in Search::choices_
  int parent = 0;           // rank at the position before
  int chosen = kNone;       // match taken at this position
  std::uint32_t order = 0;  // of two equally good paths the earlier comes first
};

bool better(const Path& a, const Path& b) {
  if (a.covered != b.covered) return a.covered > b.covered;
  if (a.chunks != b.chunks) return a.chunks < b.chunks;
  if (a.distance != b.distance) return a.distance < b.distance;
  return a.order < b.order;
}

// Which hypothesis words each path of the beam has used: one bit a word.
class UsedWords {
 public:
  UsedWords(std::size_t paths, std::size_t words)
      : stride_((words + 63) / 64), bits_(paths * stride_, 0) {}

  bool any(std::size_t path, int begin, int length) const {
    for (int i = begin; i < begin + length; ++i) {
      if (bits_[place(path, i)] >> (i % 64) & 1) return true;
    }
    return false;
  }
  void set(std::size_t path, int begin, int length) {
    for (int i = begin; i < begin + length; ++i) bits_[place(path, i)] |= 1ULL << (i % 64);
  }
  void copy(std::size_t path, const UsedWords& from, std::size_t its_path) {
    const auto begin = from.bits_.begin() + static_cast<std::ptrdiff_t>(its_path * stride_);
    std::copy(begin, begin + static_cast<std::ptrdiff_t>(stride_),
              bits_.begin() + static_cast<std::ptrdiff_t>(path * stride_));
  }

 private:
  std::size_t place(std::size_t path, int word) const {
    return path * stride_ + static_cast<std::size_t>(word) / 64;
  }
  std::size_t stride_;
  std::vector<std::uint64_t> bits_;
};

class Search {
 public:
  Search(std::span<const MeteorMatch> matches, std::span<const MeteorModule> modules,
         std::size_t hypothesis_words, std::size_t reference_words);
  std::vector<MeteorMatch> best();

 private:
  std::size_t reference_words() const { return begin_.size() - 1; }
  const MeteorMatch& match(int number) const { return matches_[static_cast<std::size_t>(number)]; }
  void group_by_start(std::span<const MeteorMatch> matches, std::size_t reference_words);
  void fix_undisputed(std::size_t hypothesis_words);
  bool is_free(std::size_t rank, const MeteorMatch& match) const;
  void take(Path& path, const MeteorMatch& match) const;
  void advance(int position);
  void branch(std::size_t rank, int position);
  void push(Path path);
  void keep_best();
  void settle();

  std::span<const MeteorModule> modules_;
  std::vector<MeteorMatch> matches_;  // by start; of one start in the matcher's order
  std::vector<std::size_t> begin_;    // [reference words + 1] of each start in matches_
  std::vector<int> fixed_;            // [reference words] the fixed match that starts here
  std::vector<bool> taken_;           // [reference words] by a fixed match
  struct Choice {
    int match = kNone;
    int before = kNone;
  };
  std::vector<Choice> choices_;
  std::vector<Path> beam_, next_;
  std::uint32_t pushed_ = 0;  // paths at this position
  std::optional<Path> bar_;   // once it is crowded: what a path must be better than
  UsedWords used_, next_used_;
};

Search::Search(std::span<const MeteorMatch> matches, std::span<const MeteorModule> modules,
               std::size_t hypothesis_words, std::size_t reference_words)
    : modules_(modules), used_(kBeam, hypothesis_words), next_used_(kBeam, hypothesis_words) {
  group_by_start(matches, reference_words);
  fix_undisputed(hypothesis_words);
}

void Search::group_by_start(std::span<const MeteorMatch> matches, std::size_t reference_words) {
  begin_.assign(reference_words + 1, 0);
  for (const MeteorMatch& m : matches) ++begin_[static_cast<std::size_t>(m.start) + 1];
  for (std::size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
  matches_.resize(matches.size());
  std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
  for (const MeteorMatch& m : matches) matches_[next[static_cast<std::size_t>(m.start)]++] = m;
}

void Search::fix_undisputed(std::size_t hypothesis_words) {
  std::vector<int> ours(hypothesis_words, 0);  // matches that cover the word
  std::vector<int> theirs(reference_words(), 0);
  const auto cover = [](std::vector<int>& counts, int begin, int length) {
    for (int i = begin; i < begin + length; ++i) ++counts[static_cast<std::size_t>(i)];
  };
  const auto alone = [](const std::vector<int>& counts, int begin, int length) {
    const auto first = counts.begin() + begin;
    return std::all_of(first, first + length, [](int count) { return count == 1; });
  };
  for (const MeteorMatch& m : matches_) {
    cover(ours, m.hypothesis_start, m.hypothesis_length);
    cover(theirs, m.start, m.length);
  }
  fixed_.assign(reference_words(), kNone);
  taken_.assign(reference_words(), false);
  for (std::size_t i = 0; i < matches_.size(); ++i) {
    const MeteorMatch& m = matches_[i];
    if (!alone(ours, m.hypothesis_start, m.hypothesis_length) || !alone(theirs, m.start, m.length))
      continue;
    fixed_[static_cast<std::size_t>(m.start)] = static_cast<int>(i);
    std::fill_n(taken_.begin() + m.start, m.length, true);
    used_.set(0, m.hypothesis_start, m.hypothesis_length);
  }
}

bool Search::is_free(std::size_t rank, const MeteorMatch& m) const {
  // Matches of a path end before the position it has come to, so only fixed ones can lie ahead.
  const auto first = taken_.begin() + m.start;
  return std::none_of(first, first + m.length, [](bool taken) { return taken; }) &&
         !used_.any(rank, m.hypothesis_start, m.hypothesis_length);
}

// Everything but the distance, which the callers add where the official program does.
void Search::take(Path& path, const MeteorMatch& m) const {
  const bool exact = modules_[static_cast<std::size_t>(m.module)] == MeteorModule::kExact;
  path.covered += exact ? m.hypothesis_length + m.length : m.hypothesis_length / 2 + m.length / 2;
  if (path.last_end != kNone && path.last_end != m.hypothesis_start) ++path.chunks;
  path.next = m.start + m.length;
  path.last_end = m.hypothesis_start + m.hypothesis_length;
}

void Search::push(Path path) {
  path.order = pushed_++;
  if (bar_ && !better(path, *bar_)) return;
  next_.push_back(path);
  if (next_.size() < kCrowd) return;
  std::nth_element(next_.begin(), next_.begin() + kBeam - 1, next_.end(), better);
  next_.resize(kBeam);
  bar_ = next_.back();
}

// The children of a path first, then the path itself, which leaves the position unmatched.
void Search::branch(std::size_t rank, int position) {
  Path path = beam_[rank];
  const auto at = static_cast<std::size_t>(position);
  for (std::size_t i = begin_[at]; i < begin_[at + 1]; ++i) {
    const MeteorMatch& m = matches_[i];
    if (!is_free(rank, m)) continue;
    Path child = path;
    take(child, m);
    child.chosen = static_cast<int>(i);
    path.distance += std::abs(m.start - m.hypothesis_start);
    push(child);
  }
  if (path.last_end != kNone) {
    ++path.chunks;
    path.last_end = kNone;
  }
  ++path.next;
  push(path);
}

// Collects in next_ how the paths of the beam go on at this position.
void Search::advance(int position) {
  const auto at = static_cast<std::size_t>(position);
  next_.clear();
  pushed_ = 0;
  bar_.reset();
  for (std::size_t rank = 0; rank < beam_.size(); ++rank) {
    Path& path = beam_[rank];
    path.parent = static_cast<int>(rank);
    path.chosen = kNone;
    if (position < path.next) {
      push(path);  // within a match
    } else if (fixed_[at] != kNone) {
      const MeteorMatch& m = match(fixed_[at]);
      take(path, m);
      path.distance += std::abs(m.start - m.hypothesis_start);
      push(path);
    } else {
      branch(rank, position);
    }
  }
}

void Search::keep_best() {
  const std::size_t kept = std::min(kBeam, next_.size());
  std::partial_sort(next_.begin(), next_.begin() + static_cast<std::ptrdiff_t>(kept), next_.end(),
                    better);
  next_.resize(kept);
}

// Makes the best of next_ the beam, with their used words and choices.
void Search::settle() {
  keep_best();
  for (std::size_t rank = 0; rank < next_.size(); ++rank) {
    Path& path = next_[rank];
    next_used_.copy(rank, used_, static_cast<std::size_t>(path.parent));
    if (path.chosen == kNone) continue;
    const MeteorMatch& m = match(path.chosen);
    next_used_.set(rank, m.hypothesis_start, m.hypothesis_length);
    choices_.push_back({path.chosen, path.choices});
    path.choices = static_cast<int>(choices_.size()) - 1;
  }
  beam_.swap(next_);
  std::swap(used_, next_used_);
}

std::vector<MeteorMatch> Search::best() {
  beam_.assign(1, Path{});
  for (std::size_t position = 0; position < reference_words(); ++position) {
    advance(static_cast<int>(position));
    settle();
  }
  // The last chunks close, which may change the order.
  for (std::size_t rank = 0; rank < beam_.size(); ++rank) {
    beam_[rank].order = static_cast<std::uint32_t>(rank);
    if (beam_[rank].last_end != kNone) ++beam_[rank].chunks;
  }
  const Path& path = *std::min_element(beam_.begin(), beam_.end(), better);
  std::vector<MeteorMatch> chosen;
  for (int c = path.choices; c != kNone; c = choices_[static_cast<std::size_t>(c)].before) {
    chosen.push_back(match(choices_[static_cast<std::size_t>(c)].match));
  }
  for (const int fixed : fixed_) {
    if (fixed != kNone) chosen.push_back(match(fixed));
  }
  std::sort(chosen.begin(), chosen.end(),
            [](const MeteorMatch& a, const MeteorMatch& b) { return a.start < b.start; });
  return chosen;
}

int count_chunks(std::span<const MeteorMatch> matches) {
  int chunks = 0;
  const MeteorMatch* before = nullptr;
  for (const MeteorMatch& m : matches) {
    const bool goes_on = before != nullptr && before->start + before->length == m.start &&
                         before->hypothesis_start + before->hypothesis_length == m.hypothesis_start;
    if (!goes_on) ++chunks;
    before = &m;
  }
  return chunks;
}

}  // namespace

MeteorAlignment align_meteor(std::span<const MeteorMatch> matches,
                             std::span<const MeteorModule> modules, std::size_t hypothesis_words,
                             std::size_t reference_words) {
  MeteorAlignment alignment;
  if (matches.empty()) return alignment;
  alignment.matches = Search(matches, modules, hypothesis_words, reference_words).best();
  alignment.chunks = count_chunks(alignment.matches);
  return alignment;
}

}  // namespace unimo::eval
