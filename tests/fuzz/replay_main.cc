// Runs a fuzzer over the files of folders, once each, without libFuzzer: what it found interesting
// once is tried by every build.
#include <cstdint>
#include <cstdio>
#include <string>

#include "orchestrator/base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int count, char** folders) {
  int ran = 0;
  for (int i = 1; i < count; ++i) {
    const std::filesystem::path folder = folders[i];
    const auto names = unimo::list_files(folder);
    if (!names) {
      std::fprintf(stderr, "%s\n", names.error().message.c_str());
      return 1;
    }
    for (const std::string& name : *names) {
      const auto bytes = unimo::read_file(folder / name);
      if (!bytes) {
        std::fprintf(stderr, "%s\n", bytes.error().message.c_str());
        return 1;
      }
      std::fprintf(stderr, "%s\n", name.c_str());  // the last one, if it does not come back
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size());
      ++ran;
    }
  }
  std::printf("%d inputs\n", ran);
  return ran > 0 ? 0 : 1;
}
