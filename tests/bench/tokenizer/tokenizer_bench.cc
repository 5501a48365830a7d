// How fast the byte pairs are on one core: tokenizer_bench BPE_FOLDER TEXTS [IDS]
//
// TEXTS holds documents one after the other, each as its length (32 bits, little-endian) and its
// bytes, which need not be UTF-8. Three ways are timed, the best of five passes over all of them in
// processor time of the one thread: without a cache, with a cache that is empty at the start, and
// with the cache that the pass before left. One JSON line is printed. IDS gets GPT-2's numbers, for
// every document their count and then themselves, 32 bits each. peer.py runs it beside the peers.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "orchestrator/base/file.h"
#include "orchestrator/base/json.h"
#include "trainer/text/byte_bpe.h"

namespace unimo::trainer {
namespace {

using Documents = std::vector<std::string_view>;

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

template <class Work>
double best_seconds(Work work) {
  double best = 1e9;
  for (int repetition = 0; repetition < 5; ++repetition) {
    const double start = processor_seconds();
    work();
    best = std::min(best, processor_seconds() - start);
  }
  return best;
}

Result<Documents> documents_of(std::string_view bytes, const char* path) {
  Documents documents;
  while (!bytes.empty()) {
    std::uint32_t length = 0;
    if (bytes.size() >= sizeof length) std::memcpy(&length, bytes.data(), sizeof length);
    if (bytes.size() < sizeof length || bytes.size() - sizeof length < length)
      return fail(ErrorCode::kInvalid, "{}: document {} is cut", path, documents.size());
    documents.push_back(bytes.substr(sizeof length, length));
    bytes.remove_prefix(sizeof length + length);
  }
  return documents;
}

std::size_t encode_all(const ByteBpe& bpe, const Documents& documents, WordCache& cache) {
  std::vector<TokenId> ids;
  std::size_t count = 0;
  for (const std::string_view text : documents) {
    ids.clear();
    bpe.encode(text, cache, ids);
    count += ids.size();
  }
  return count;
}

Status write_ids(const ByteBpe& bpe, const Documents& documents, const char* path) {
  std::string bytes;
  const auto put = [&bytes](std::int32_t value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  WordCache cache;
  std::vector<TokenId> ids;
  for (const std::string_view text : documents) {
    ids.clear();
    bpe.encode(text, cache, ids);
    put(static_cast<std::int32_t>(ids.size()));
    for (const TokenId id : ids) put(bpe.gpt2_id(id));
  }
  return write_file_atomic(path, bytes);
}

Status run(int argc, char** argv) {
  const auto bpe = UNIMO_TRY(ByteBpe::load(argv[1]));
  const std::string bytes = UNIMO_TRY(read_file(argv[2]));
  const Documents documents = UNIMO_TRY(documents_of(bytes, argv[2]));
  if (argc > 3) UNIMO_TRY(write_ids(*bpe, documents, argv[3]));
  const double plain = best_seconds([&] {
    for (const std::string_view text : documents) bpe->encode(text);
  });
  const double cold = best_seconds([&] {
    WordCache cache;
    encode_all(*bpe, documents, cache);
  });
  WordCache cache;
  const std::size_t ids = encode_all(*bpe, documents, cache);
  const double warm = best_seconds([&] { encode_all(*bpe, documents, cache); });
  fmt::print("{}\n",
             Json{{"ids", ids}, {"no_cache_s", plain}, {"cold_s", cold}, {"warm_s", warm}}.dump());
  return ok();
}

}  // namespace
}  // namespace unimo::trainer

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: tokenizer_bench BPE_FOLDER TEXTS [IDS]\n", stderr);
    return 2;
  }
  const auto done = unimo::trainer::run(argc, argv);
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 1;
}
