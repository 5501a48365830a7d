#include "stages/ingest/jpeg_check.h"

#include <fmt/format.h>

#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <vector>

// After <cstdio> and <cstddef>, which they need and do not include.
#include <jpeglib.h>

#include <jerror.h>

namespace unimo::stages {

namespace {

// A progressive file may ask for any number of passes over its picture; real ones have about ten.
constexpr int kMaxScans = 500;
constexpr int kMaxPadding = 16;

// What libjpeg told. `base` must stay first: libjpeg hands its address back.
struct Watch {
  jpeg_error_mgr base{};
  std::jmp_buf jump{};
  bool failed = false;
  bool hit_end = false;  // the file ended before its end marker
  int first_damage = 0;  // message code of the first warning that means lost pixels
  int fatal = 0;
  char text[JMSG_LENGTH_MAX] = {};
};

Watch& watch_of(j_common_ptr info) { return *reinterpret_cast<Watch*>(info->err); }

[[noreturn]] void on_error(j_common_ptr info) {
  Watch& watch = watch_of(info);
  watch.failed = true;
  watch.fatal = info->err->msg_code;
  info->err->format_message(info, watch.text);
  std::longjmp(watch.jump, 1);
}

void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  Watch& watch = watch_of(info);
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF: watch.hit_end = true; return;
    case JWRN_EXTRANEOUS_DATA:
      // Compressed data left over at the end marker: the decoder lost its way among flipped bits. A
      // few bytes of padding there, or stray bytes between header segments, are common and
      // harmless.
      if (info->err->msg_parm.i[1] != JPEG_EOI || info->err->msg_parm.i[0] <= kMaxPadding) return;
      break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_BOGUS_PROGRESSION: break;
    default: return;  // odd but harmless
  }
  if (watch.first_damage != 0) return;
  watch.first_damage = info->err->msg_code;
  info->err->format_message(info, watch.text);
}

void on_progress(j_common_ptr info) {
  const auto* decompress = reinterpret_cast<j_decompress_ptr>(info);
  if (decompress->input_scan_number > kMaxScans) ERREXIT(decompress, JERR_NOTIMPL);
}

// True when a progressive picture still lacks bits of some coefficient: whole passes are missing at
// its end.
bool lacks_passes(const jpeg_decompress_struct& info) {
  if (info.progressive_mode == 0 || info.coef_bits == nullptr) return false;
  for (int component = 0; component < info.num_components; ++component) {
    for (int coefficient = 0; coefficient < DCTSIZE2; ++coefficient) {
      if (info.coef_bits[component][coefficient] != 0) return true;
    }
  }
  return false;
}

struct Walk {
  jpeg_decompress_struct info{};
  jpeg_progress_mgr progress{};
  Watch watch;
  std::vector<JSAMPLE> row;
  bool header_read = false;
  bool too_large = false;
  bool incomplete = false;
};

// No object with a destructor may live in this frame: on_error leaves it by longjmp.
void walk(Walk& state, std::string_view bytes, std::int64_t max_pixels, bool full) {
  jpeg_decompress_struct& info = state.info;
  if (setjmp(state.watch.jump) != 0) return;
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&info, TRUE);
  state.header_read = true;
  state.too_large = static_cast<std::int64_t>(info.image_width) * info.image_height > max_pixels;
  if (state.too_large || !full) return;
  state.progress.progress_monitor = on_progress;
  info.progress = &state.progress;
  info.scale_num = 1;
  info.scale_denom = 8;
  info.out_color_space = info.jpeg_color_space;  // the colours do not matter here
  jpeg_start_decompress(&info);
  state.row.resize(static_cast<std::size_t>(info.output_width) *
                   static_cast<std::size_t>(info.output_components));
  JSAMPROW row = state.row.data();
  while (info.output_scanline < info.output_height) jpeg_read_scanlines(&info, &row, 1);
  // Before finishing, which frees what says so. A progressive file has been read to its end by now.
  state.incomplete = state.watch.hit_end && lacks_passes(info);
  jpeg_finish_decompress(&info);
}

void judge_failure(const Watch& watch, JpegCheck& check) {
  check.reason = watch.hit_end || watch.fatal == JERR_INPUT_EOF || watch.fatal == JERR_INPUT_EMPTY
                     ? "truncated"
                     : "corrupt";
  check.detail = watch.text;
}

void judge(const Walk& state, std::int64_t max_pixels, JpegCheck& check) {
  const Watch& watch = state.watch;
  const int components = state.info.num_components;
  if (state.too_large) {
    check.reason = "too_large";
    check.detail =
        fmt::format("{}x{} pixels; the limit is {}", check.width, check.height, max_pixels);
  } else if (watch.failed) {
    judge_failure(watch, check);
  } else if (components != 1 && components != 3 && components != 4) {
    check.reason = "unsupported";
    check.detail = fmt::format("JPEG of {} components", components);
  } else if (state.info.arith_code != 0) {
    check.reason = "unsupported";  // rare, and its decoder does not tell where data are missing
    check.detail = "JPEG of arithmetic coding; convert it to the usual one";
  } else if (watch.first_damage == JWRN_HIT_MARKER) {
    check.reason = "truncated";
    check.detail = watch.text;
  } else if (watch.first_damage != 0) {
    check.reason = "corrupt";
    check.detail = watch.text;
  } else if (state.incomplete) {
    check.reason = "truncated";
    check.detail = "the last passes of a progressive JPEG are missing";
  }
}

}  // namespace

JpegCheck check_jpeg(std::string_view bytes, std::int64_t max_pixels, bool full) {
  Walk state;
  state.info.err = jpeg_std_error(&state.watch.base);
  state.watch.base.error_exit = on_error;
  state.watch.base.emit_message = on_message;
  walk(state, bytes, max_pixels, full);
  JpegCheck check;
  if (state.header_read) {
    check.width = static_cast<int>(state.info.image_width);
    check.height = static_cast<int>(state.info.image_height);
  }
  judge(state, max_pixels, check);
  jpeg_destroy_decompress(&state.info);
  return check;
}

}  // namespace unimo::stages
