// Unpacks bzip2 files with several threads, block by block, with the bytes and errors of one.
// Used by byte_source.cc.
//
// The blocks of a bzip2 stream begin with 48 set bits at any bit, and each can be unpacked alone.
// One thread looks for these, the workers unpack ahead, and the blocks come out in order. This is
// only trusted while everything fits: each block ends exactly where the next begins and has the
// right checksum, and so has each stream. Where something does not fit (a damaged file, bits that
// look like a block by chance, a block that unpacks to a very large one), the stream is read again
// by the one decoder of the other path, from its begin, and what was given already is left out: so
// damage looks the same for any number of threads.
#pragma once

#include <memory>

#include "stages/ingest/stream/byte_source.h"
#include "stages/ingest/stream/raw_file.h"

namespace unimo::stages {

// `file` is a regular bzip2 file, read by nobody else, and outlives the source. Look-ahead is three
// blocks a thread: some 40 MB for two threads.
std::unique_ptr<ByteSource> read_bzip2_blocks(RawFile& file, const SourceOptions& options);

}  // namespace unimo::stages
