// Where each value of a document was written, so that a mistake found later can still name file and
// line.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/base/result.h"

namespace unimo {

// A line of a file, or a command line option ("--set seed=2", line 0).
struct Place {
  std::string file;
  int line = 0;
  int order = 0;             // counts the keys of a document as they were written
  std::string text() const;  // "demo.yaml:14"
};

// From a path ("stages.finetune.params.optimizer.lr", "variables.sizes[2]") to its place.
class PlaceMap {
 public:
  void set(const std::string& path, Place place) { places_[path] = std::move(place); }

  // The place of the path, or of the nearest thing around it that was written.
  Place find(std::string_view path) const;
  bool has(const std::string& path) const { return places_.count(path) != 0; }

  // Removes what is known of `path` and everything below it.
  void forget(const std::string& path);

  // Takes over everything of `other`, whose orders come after all of this one's; known paths keep
  // their order.
  void merge(const PlaceMap& other);

  // `keys` of the mapping at `path`, in the order in which they were written.
  std::vector<std::string> in_written_order(std::string_view path,
                                            std::vector<std::string> keys) const;

 private:
  std::map<std::string, Place, std::less<>> places_;
};

// Collects the mistakes of a document; all of them are reported at once.
class Mistakes {
 public:
  explicit Mistakes(const PlaceMap& places) : places_(&places) {}

  // `path` is shown without "stages." and ".params", as the user writes it in --set.
  void add(const std::string& path, std::string_view message);
  void add_error(Error error) { errors_.push_back(std::move(error)); }
  bool empty() const { return errors_.empty(); }
  const std::vector<Error>& errors() const { return errors_; }
  // ok() when there are none.
  Status status() const;

 private:
  const PlaceMap* places_;
  std::vector<Error> errors_;
};

// "stages.finetune.params.optimizer.lr" as "finetune.optimizer.lr".
std::string short_path(std::string_view path);

}  // namespace unimo
