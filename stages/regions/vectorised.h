// Marks inner loops that are compiled twice, for plain x86-64 and for processors with AVX2 and FMA;
// the loader picks one. Files that use it are compiled with -O3 (see CMakeLists.txt).
#pragma once

// Sanitizers run before their own start-up inside the loader's choice, so they get one version.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define UNIMO_VECTORISED __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define UNIMO_VECTORISED
#endif

// Small functions inside such loops must become part of them.
#define UNIMO_INLINE inline __attribute__((always_inline))
