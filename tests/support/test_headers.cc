// Carries the headers that CMake compiles beforehand for all tests (tests/CMakeLists.txt).
