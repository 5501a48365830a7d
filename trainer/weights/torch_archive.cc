#include "trainer/weights/torch_archive.h"

#include <algorithm>
#include <map>

#include "trainer/weights/tensor_pickle.h"
#include "trainer/weights/zip_directory.h"

namespace unimo::trainer {

namespace {

// Pickles of state dictionaries take about 200 bytes a tensor.
constexpr std::uint64_t kLargestPickle = 64U << 20U;
// How the old form begins: protocol 2, then torch's magic number as a LONG1 of ten bytes.
constexpr std::string_view kLegacyStart("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",
                                        15);
constexpr std::string_view kZipStart = "PK\x03\x04";

// The bytes of one storage in the file.
struct Storage {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t crc = 0;  // 0: not known
};
using Storages = std::map<std::string, Storage>;

// Whether the strides are those of a tensor that lies row after row without gaps.
bool is_plain(const PickledTensor& t) {
  std::int64_t step = 1;
  for (std::size_t d = t.shape.size(); d-- > 0;) {
    if (t.shape[d] != 1 && t.strides[d] != step) return false;
    step *= t.shape[d];
  }
  return true;
}

// Values from the first to behind the last; -1 when 63 bits do not hold them.
std::int64_t extent(const PickledTensor& t) {
  std::int64_t values = 1;
  for (std::size_t d = 0; d < t.shape.size(); ++d) {
    if (t.shape[d] == 0) return 0;
    std::int64_t reach = 0;
    if (__builtin_mul_overflow(t.shape[d] - 1, t.strides[d], &reach) ||
        __builtin_add_overflow(values, reach, &values))
      return -1;
  }
  return values;
}

// A tensor against its storage.
Result<StoredTensor> place(const PickledTensor& t, const Storages& storages,
                           const std::string& file) {
  const auto refuse = [&](const std::string& what) {
    return fail(ErrorCode::kInvalid, "{}: tensor {} (storage data/{}): {}", file, t.name, t.storage,
                what);
  };
  const auto found = storages.find(t.storage);
  if (found == storages.end()) return refuse("its storage is missing: the file is damaged");
  const Storage& storage = found->second;
  const std::uint64_t size = type_size(t.type);
  std::uint64_t wanted = 0;
  if (!tensor_bytes(t.type, std::span(&t.storage_count, 1), wanted) || storage.size != wanted) {
    return refuse(fmt::format("its storage is too {}: {} bytes, {} values of {} are wanted",
                              storage.size < wanted ? "short" : "long", storage.size,
                              t.storage_count, type_name(t.type)));
  }
  std::uint64_t bytes = 0;
  const std::int64_t reach = extent(t);
  if (!tensor_bytes(t.type, t.shape, bytes) || reach < 0) return refuse("its shape is too large");
  if (t.offset > t.storage_count || reach > t.storage_count - t.offset ||
      bytes / size > static_cast<std::uint64_t>(t.storage_count)) {
    return refuse(fmt::format("shape {} from value {} on does not fit into {} values",
                              shape_text(t.shape), t.offset, t.storage_count));
  }
  StoredTensor stored;
  stored.type = t.type;
  stored.shape = t.shape;
  stored.offset = storage.offset + static_cast<std::uint64_t>(t.offset) * size;
  if (!is_plain(t) && bytes > 0) stored.strides = t.strides;
  if (storage.crc != 0)
    stored.checksum = Checksum{.begin = storage.offset, .bytes = storage.size, .crc = storage.crc};
  return stored;
}

Status add_all(const std::vector<PickledTensor>& tensors, const Storages& storages, ByteFile file,
               WeightFile& weights) {
  const std::string name = file.name();
  const std::size_t number = weights.add_file(std::move(file));
  for (const PickledTensor& t : tensors) {
    StoredTensor stored = UNIMO_TRY(place(t, storages, name));
    stored.file = number;
    if (!weights.add(t.name, std::move(stored))) {
      return fail(ErrorCode::kInvalid, "{}: tensor {} is in another part of the model as well",
                  name, t.name);
    }
  }
  return ok();
}

// The folder inside the archive that everything lies in: "pytorch_model/".
Result<std::string> find_root(const std::map<std::string, ZipEntry>& entries,
                              const std::string& file) {
  constexpr std::string_view kPickle = "/data.pkl";
  std::string root;
  for (const auto& [name, entry] : entries) {
    if (!name.ends_with(kPickle)) continue;
    if (!root.empty())
      return fail(ErrorCode::kInvalid, "{}: {} and {}data.pkl: which one is it?", file, name, root);
    root = name.substr(0, name.size() - kPickle.size() + 1);
  }
  if (!root.empty()) return root;
  return fail(ErrorCode::kInvalid,
              "{}: a zip archive without data.pkl: torch.save has not written it", file);
}

Status add_zip(ByteFile file, WeightFile& weights) {
  const auto entries = UNIMO_TRY(read_zip_directory(file));
  const std::string root = UNIMO_TRY(find_root(entries, file.name()));
  if (const auto order = entries.find(root + "byteorder"); order != entries.end()) {
    const std::string text = UNIMO_TRY(read_zip_entry(file, order->first, order->second, 16));
    if (text != "little")
      return fail(ErrorCode::kInvalid, "{}: its numbers are {}-endian", file.name(), text);
  }
  const std::string pickle = UNIMO_TRY(
      read_zip_entry(file, root + "data.pkl", entries.at(root + "data.pkl"), kLargestPickle));
  std::size_t used = 0;
  const auto tensors = UNIMO_TRY(read_tensor_pickle(pickle, file.name(), used));
  const std::string data = root + "data/";
  Storages storages;
  for (const auto& [name, entry] : entries) {
    if (name.starts_with(data))
      storages[name.substr(data.size())] = {entry.offset, entry.size, entry.crc};
  }
  return add_all(tensors, storages, std::move(file), weights);
}

// The old form's pickles, walked one after the other.
class LegacyReader {
 public:
  LegacyReader(const ByteFile& file, std::string_view head) : file_(file), head_(head) {}

  Result<std::vector<PickledTensor>> tensors() {
    // The magic number, the version of the protocol, sizes of C's types.
    for (int i = 0; i < 3; ++i) UNIMO_TRY(skip());
    std::size_t used = 0;
    auto tensors = UNIMO_TRY(read_tensor_pickle(head_.substr(at_), file_.name(), used));
    at_ += used;
    return tensors;
  }

  // Behind a list of their keys: of each the number of values, then the values.
  Result<Storages> storages(const std::vector<PickledTensor>& tensors) {
    std::size_t used = 0;
    const auto keys = UNIMO_TRY(read_text_pickle(head_.substr(at_), file_.name(), used));
    std::map<std::string, TensorType> types;
    for (const PickledTensor& t : tensors) types[t.storage] = t.type;
    std::uint64_t at = at_ + used;
    Storages storages;
    for (const std::string& key : keys) {
      const auto type = types.find(key);
      if (type == types.end()) return refuse(key, "no tensor has it: its type is not known");
      std::int64_t count = 0;
      if (at > file_.size() || file_.size() - at < sizeof count) return refuse(key, "is cut off");
      UNIMO_TRY(file_.read(at, std::span(reinterpret_cast<char*>(&count), sizeof count)));
      at += sizeof count;
      std::uint64_t bytes = 0;
      if (!tensor_bytes(type->second, std::span(&count, 1), bytes) || bytes > file_.size() - at)
        return refuse(key, "is cut off");
      storages[key] = {.offset = at, .size = bytes};
      at += bytes;
    }
    if (at == file_.size()) return storages;
    return fail(ErrorCode::kInvalid, "{}: {} bytes after the last storage", file_.name(),
                file_.size() - at);
  }

 private:
  Status skip() {
    std::size_t used = 0;
    UNIMO_TRY(skip_pickle(head_.substr(at_), file_.name(), used));
    at_ += used;
    return ok();
  }
  tl::unexpected<Error> refuse(const std::string& key, std::string_view what) const {
    return fail(ErrorCode::kInvalid, "{}: storage {} {}: the file is damaged", file_.name(), key,
                what);
  }

  const ByteFile& file_;
  std::string_view head_;
  std::size_t at_ = 0;
};

Status add_legacy(ByteFile file, WeightFile& weights) {
  // All pickles stand before the numbers.
  std::string head(std::min(file.size(), kLargestPickle), '\0');
  UNIMO_TRY(file.read(0, head));
  LegacyReader reader(file, head);
  const auto tensors = UNIMO_TRY(reader.tensors());
  const Storages storages = UNIMO_TRY(reader.storages(tensors));
  return add_all(tensors, storages, std::move(file), weights);
}

}  // namespace

Status add_torch_archive(const std::filesystem::path& path, WeightFile& weights) {
  ByteFile file = UNIMO_TRY(ByteFile::open(path));
  std::string start(std::min<std::uint64_t>(file.size(), kLegacyStart.size()), '\0');
  UNIMO_TRY(file.read(0, start));
  if (start == kLegacyStart) return add_legacy(std::move(file), weights);
  if (start.starts_with(kZipStart)) return add_zip(std::move(file), weights);
  return fail(ErrorCode::kInvalid,
              "{}: not a torch archive: it is neither a zip file nor what older versions of "
              "torch.save wrote; is it a file of another kind under this name?",
              path.string());
}

Result<WeightFile> open_torch_archive(const std::filesystem::path& path) {
  WeightFile weights(path, "torch archive");
  UNIMO_TRY(add_torch_archive(path, weights));
  return weights;
}

}  // namespace unimo::trainer
