# LibTorch from PyTorch's wheel or zip, without PyTorch's own CMake files: those insist on a CUDA toolkit and
# link everything. Looks in -DLIBTORCH or $LIBTORCH (a folder with include/ and lib/, or one that holds torch/),
# then in the user's cache where scripts/setup.sh puts it.
#
# Gives LibTorch::cpu (libtorch_cpu and libc10) and, with UNIMO_CUDA, LibTorch::cuda.
set(LIBTORCH "$ENV{LIBTORCH}" CACHE PATH "Folder of LibTorch; empty: the user's cache")
if(DEFINED ENV{XDG_CACHE_HOME})
  set(_cache "$ENV{XDG_CACHE_HOME}")
else()
  set(_cache "$ENV{HOME}/.cache")
endif()
find_path(LibTorch_ROOT_DIR include/ATen/core/Tensor.h
  HINTS "${LIBTORCH}" "${LIBTORCH}/torch" "${_cache}/unimo/libtorch-2.11.0/torch" NO_DEFAULT_PATH)
if(LibTorch_ROOT_DIR)
  file(STRINGS "${LibTorch_ROOT_DIR}/include/torch/headeronly/version.h" _version_lines
       REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX MATCHALL "[0-9]+" _numbers "${_version_lines}")
  list(JOIN _numbers "." LibTorch_VERSION)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_ROOT_DIR VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "run scripts/setup.sh, or set LIBTORCH to a LibTorch 2.11 folder")
if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  set(_nvidia "${LibTorch_ROOT_DIR}/../nvidia/cu13/lib")
  # LibTorch's include folder carries its own copies of fmt, google/protobuf and more, which would shadow the
  # system's. Only its own folders are shown to our sources.
  set(_include "${CMAKE_BINARY_DIR}/libtorch-include")
  file(MAKE_DIRECTORY "${_include}")
  foreach(_folder ATen c10 torch caffe2)
    file(CREATE_LINK "${LibTorch_ROOT_DIR}/include/${_folder}" "${_include}/${_folder}" SYMBOLIC)
  endforeach()
  add_library(LibTorch::cpu INTERFACE IMPORTED)
  target_include_directories(LibTorch::cpu SYSTEM INTERFACE
    "${_include}" "${_include}/torch/csrc/api/include")
  # at::parallel_for lives in a header and works on one thread in sources that are compiled without OpenMP.
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  target_compile_options(LibTorch::cpu INTERFACE ${OpenMP_CXX_FLAGS})
  target_link_libraries(LibTorch::cpu INTERFACE OpenMP::OpenMP_CXX
    "${LibTorch_ROOT_DIR}/lib/libtorch_cpu.so" "${LibTorch_ROOT_DIR}/lib/libc10.so")
  target_link_options(LibTorch::cpu INTERFACE
    "-Wl,-rpath,${LibTorch_ROOT_DIR}/lib" "-Wl,-rpath-link,${_nvidia}")
  if(UNIMO_CUDA)
    find_package(CUDAToolkit 13.0 REQUIRED)
    add_library(LibTorch::cuda INTERFACE IMPORTED)
    # --no-as-needed: without it the linker drops libtorch_cuda and "CUDA is not available" at run time.
    target_link_libraries(LibTorch::cuda INTERFACE LibTorch::cpu "-Wl,--no-as-needed"
      "${LibTorch_ROOT_DIR}/lib/libtorch_cuda.so" "${LibTorch_ROOT_DIR}/lib/libc10_cuda.so" CUDA::cudart)
    target_link_options(LibTorch::cuda INTERFACE "-Wl,--unresolved-symbols=ignore-in-shared-libs")
  endif()
endif()
