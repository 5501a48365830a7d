// Gabor filters with a round envelope are products of two one-dimensional complex filters. The
// three scales are the same filters on the picture, on half of it and on a quarter.
#include <array>
#include <cmath>
#include <vector>

#include "stages/regions/cell_statistics.h"
#include "stages/regions/lanes.h"
#include "stages/regions/vectorised.h"

namespace unimo::stages {

namespace {

constexpr int kHalf = 5;  // 11 taps hold three standard deviations of the envelope
constexpr int kTaps = 2 * kHalf + 1;
constexpr float kWavelength = 4;
constexpr float kEnvelope = 1.8F;
constexpr int kOrientations = 6;
constexpr int kScales = 3;

struct ComplexTaps {
  std::array<float, kTaps> real{}, imaginary{};
};

// The envelope times a wave, without its mean, so that flat regions give nothing.
ComplexTaps wave(float frequency) {
  ComplexTaps taps;
  for (int i = -kHalf; i <= kHalf; ++i) {
    const float x = static_cast<float>(i);
    const float envelope = std::exp(-0.5F * x * x / (kEnvelope * kEnvelope));
    taps.real[static_cast<std::size_t>(i + kHalf)] = envelope * std::cos(frequency * x);
    taps.imaginary[static_cast<std::size_t>(i + kHalf)] = envelope * std::sin(frequency * x);
  }
  return taps;
}

struct ComplexPlane {
  Floats real, imaginary;
};

UNIMO_VECTORISED void along_rows(const float* __restrict padded, int size, const ComplexTaps& taps,
                                 float* __restrict real, float* __restrict imaginary) {
  for (int x = 0; x < size; ++x) real[x] = imaginary[x] = 0;
  for (std::size_t t = 0; t < kTaps; ++t) {
    const float* source = padded + t;
    const float c = taps.real[t], s = taps.imaginary[t];
    for (int x = 0; x < size; ++x) {
      real[x] += c * source[x];
      imaginary[x] += s * source[x];
    }
  }
}

UNIMO_VECTORISED void add_complex(const float* __restrict real_in,
                                  const float* __restrict imaginary_in, float c, float s, int size,
                                  float* __restrict real, float* __restrict imaginary) {
  for (int x = 0; x < size; ++x) {
    real[x] += c * real_in[x] - s * imaginary_in[x];
    imaginary[x] += s * real_in[x] + c * imaginary_in[x];
  }
}

UNIMO_VECTORISED void magnitudes(const float* __restrict real, const float* __restrict imaginary,
                                 int size, float* __restrict out) {
  for (int x = 0; x < size; ++x)
    out[x] = std::sqrt(real[x] * real[x] + imaginary[x] * imaginary[x]);
}

// One orientation at one scale; `plane` has its local mean removed.
void add_energies(const Floats& plane, int size, int orientation, int column, Matrix& cells) {
  const float angle = 3.14159274F * static_cast<float>(orientation) / kOrientations;
  const float frequency = 6.28318531F / kWavelength;
  const ComplexTaps across = wave(frequency * std::cos(angle));
  const ComplexTaps down = wave(frequency * std::sin(angle));
  const auto width = static_cast<std::size_t>(size);
  ComplexPlane rows{Floats(plane.size()), Floats(plane.size())};
  Floats padded(width + 2 * kHalf);
  for (std::size_t y = 0; y < width; ++y) {
    std::copy_n(plane.data() + y * width, width, padded.data() + kHalf);
    along_rows(padded.data(), size, across, rows.real.data() + y * width,
               rows.imaginary.data() + y * width);
  }
  Floats real(width), imaginary(width), energy(width);
  for (int y = 0; y < size; ++y) {
    std::fill(real.begin(), real.end(), 0.0F);
    std::fill(imaginary.begin(), imaginary.end(), 0.0F);
    for (int t = std::max(-kHalf, -y); t <= std::min(kHalf, size - 1 - y); ++t) {
      const std::size_t from = static_cast<std::size_t>(y + t) * width;
      const auto tap = static_cast<std::size_t>(t + kHalf);
      add_complex(rows.real.data() + from, rows.imaginary.data() + from, down.real[tap],
                  down.imaginary[tap], size, real.data(), imaginary.data());
    }
    magnitudes(real.data(), imaginary.data(), size, energy.data());
    for (int x = 0; x < size; ++x) {
      cells(cell_at(x, y, size), column) += energy[static_cast<std::size_t>(x)];
    }
  }
}

// Means of 2 × 2 pixels; an odd last row or column is dropped.
Floats halved(const Floats& plane, int size) {
  const int half = size / 2;
  Floats out(static_cast<std::size_t>(half) * static_cast<std::size_t>(half));
  for (int y = 0; y < half; ++y) {
    for (int x = 0; x < half; ++x) {
      const float* corner = plane.data() + 2 * y * size + 2 * x;
      out[static_cast<std::size_t>(y * half + x)] =
          0.25F * (corner[0] + corner[1] + corner[size] + corner[size + 1]);
    }
  }
  return out;
}

}  // namespace

void add_gabor_energies(const Picture& picture, Matrix& cells) {
  Floats plane = picture.gray;
  int size = picture.size;
  for (int scale = 0; scale < kScales; ++scale) {
    const Floats mean = filter_plane(plane, size, gaussian_taps(kEnvelope));
    Floats detail = plane;
    for (std::size_t i = 0; i < detail.size(); ++i) detail[i] -= mean[i];
    // Each pixel of a halved picture stands for four, so that cells of all scales compare.
    for (int orientation = 0; orientation < kOrientations; ++orientation) {
      add_energies(detail, size, orientation, kGaborAt + scale * kOrientations + orientation,
                   cells);
    }
    for (std::int64_t cell = 0; cell < cells.rows(); ++cell) {
      for (int k = 0; k < kOrientations; ++k) {
        const std::int64_t column = kGaborAt + scale * kOrientations + k;
        cells(cell, column) *= static_cast<float>(1 << (2 * scale));
      }
    }
    plane = halved(plane, size);
    size /= 2;
  }
}

}  // namespace unimo::stages
