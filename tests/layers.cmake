# Fails on any include that breaks the table of docs/architecture.md: arrows point down only.
#   cmake -DSOURCE_DIR=… -P tests/layers.cmake
# A row: folder, then the folders whose headers it may include besides its own. The longest matching row counts.
cmake_minimum_required(VERSION 3.25)

set(tensor_free trainer/config trainer/text trainer/data trainer/weights)
set(LAYERS_orchestrator/base "")
set(LAYERS_orchestrator/stage orchestrator/base)
set(LAYERS_orchestrator/experiment orchestrator/base)
set(LAYERS_orchestrator/store orchestrator/base orchestrator/stage)
set(LAYERS_orchestrator/engine orchestrator/base orchestrator/stage orchestrator/experiment orchestrator/store)
set(LAYERS_orchestrator/cli orchestrator stages/schema)
set(LAYERS_stages/schema orchestrator/base orchestrator/stage trainer/config)
set(LAYERS_stages orchestrator/base orchestrator/stage stages ${tensor_free} evaluators)
set(LAYERS_stages/regions orchestrator/base orchestrator/stage stages trainer evaluators)
set(LAYERS_stages/baseline orchestrator/base orchestrator/stage stages trainer evaluators)
set(LAYERS_stages/pretrain orchestrator/base orchestrator/stage stages trainer)
set(LAYERS_stages/finetune orchestrator/base orchestrator/stage stages trainer)
set(LAYERS_stages/predict orchestrator/base orchestrator/stage stages trainer)
set(LAYERS_stages/translate orchestrator/base orchestrator/stage stages trainer evaluators)
set(LAYERS_stages/detector orchestrator/base orchestrator/stage stages trainer)
set(LAYERS_trainer/config orchestrator/base)
set(LAYERS_trainer/text orchestrator/base)
set(LAYERS_trainer/data orchestrator/base trainer/text)
# The ranks of a training know nothing of models.
set(LAYERS_trainer/comm orchestrator/base)
set(LAYERS_trainer/weights orchestrator/base trainer/config trainer/data trainer/text)
set(LAYERS_trainer orchestrator/base trainer)
set(LAYERS_evaluators orchestrator/base)
set(LAYERS_web orchestrator/base orchestrator/stage orchestrator/store)
# Programs may name every stage of their side.
set(LAYERS_stages/tensor_main.cc orchestrator/base orchestrator/stage stages)

# Third-party headers with a wall: the folder or file that may include them.
set(WALLS
  "sqlite3.h=orchestrator/store/database.cc"
  "yaml-cpp/=orchestrator/experiment/yaml.cc"
  "git2=orchestrator/engine/provenance.cc"
  "CLI/=orchestrator/cli/main.cc|web/main.cc"
  "httplib.h=web/|stages/fetch/mirror.cc"
  "graphviz/=web/"
  "sentencepiece=trainer/text/"
  "utf8proc.h=trainer/text/|evaluators/unicode.cc|stages/ingest/"
  "openssl/=orchestrator/base/hash.cc"
  "xxhash.h=trainer/data/|trainer/loop/weight_check.cc|stages/ingest/|stages/decontaminate/"
  "archive=stages/ingest/|stages/miniworld/"
  "bzlib.h=stages/ingest/|stages/miniworld/"
  "lzma.h=stages/ingest/"
  # METEOR's synonyms and paraphrases come packed with gzip; line_file.cc reads them a line at a time. Weights want its CRC.
  "zlib.h=stages/ingest/|evaluators/line_file.cc|trainer/weights/crc32.cc"
  "zstd.h=stages/ingest/"
  "expat.h=stages/ingest/"
  "simdjson.h=stages/ingest/"
  "curl/=stages/fetch/"
  "lmdb.h=stages/region_files/lmdb_file.cc"
  "nccl.h=trainer/comm/nccl_comm.cc"
  "opencv2/=stages/"
  "ATen/=trainer/|stages/"
  "torch/=trainer/|stages/"
  "c10/cuda/=trainer/cuda/"
  "cuda=trainer/cuda/|trainer/comm/nccl_comm.cc"
  "cublas=trainer/cuda/")

function(longest_layer path result)
  set(folder "${path}")
  while(NOT folder STREQUAL "")
    if(DEFINED LAYERS_${folder})
      set(${result} "${folder}" PARENT_SCOPE)
      return()
    endif()
    string(FIND "${folder}" "/" slash REVERSE)
    if(slash EQUAL -1)
      break()
    endif()
    string(SUBSTRING "${folder}" 0 ${slash} folder)
  endwhile()
  set(${result} "" PARENT_SCOPE)
endfunction()

set(violations "")
set(checked 0)
foreach(top orchestrator stages trainer evaluators web)
  file(GLOB_RECURSE files RELATIVE ${SOURCE_DIR} ${SOURCE_DIR}/${top}/*.h ${SOURCE_DIR}/${top}/*.cc
       ${SOURCE_DIR}/${top}/*.cu)
  foreach(file ${files})
    math(EXPR checked "${checked}+1")
    longest_layer("${file}" layer)
    if(layer STREQUAL "")
      string(APPEND violations "${file}: its folder has no row in tests/layers.cmake\n")
      continue()
    endif()
    set(allowed ${LAYERS_${layer}} ${layer})
    file(STRINGS ${SOURCE_DIR}/${file} lines REGEX "^#include")
    foreach(line ${lines})
      if(line MATCHES "^#include \"(orchestrator|stages|trainer|evaluators|web)/([^\"]*)\"")
        set(header "${CMAKE_MATCH_1}/${CMAKE_MATCH_2}")
        get_filename_component(header_folder "${header}" DIRECTORY)
        get_filename_component(own_folder "${file}" DIRECTORY)
        set(fine FALSE)
        if(header_folder STREQUAL own_folder)
          set(fine TRUE)
        endif()
        foreach(folder ${allowed})
          if("${header_folder}/" MATCHES "^${folder}/")
            set(fine TRUE)
          endif()
        endforeach()
        if(NOT fine)
          string(APPEND violations "${file}: may not include ${header} (${layer} knows: ${allowed})\n")
        endif()
      endif()
      foreach(wall ${WALLS})
        string(REGEX REPLACE "=.*" "" header_start "${wall}")
        string(REGEX REPLACE ".*=" "" owners "${wall}")
        string(REPLACE "|" ";" owners "${owners}")
        string(FIND "${line}" "<${header_start}" found)
        if(NOT found EQUAL -1)
          set(fine FALSE)
          foreach(owner ${owners})
            string(FIND "${file}" "${owner}" at)
            if(at EQUAL 0)
              set(fine TRUE)
            endif()
          endforeach()
          if(NOT fine)
            string(APPEND violations "${file}: ${line} belongs behind ${owners}\n")
          endif()
        endif()
      endforeach()
    endforeach()
  endforeach()
endforeach()
if(checked EQUAL 0)
  message(FATAL_ERROR "no source found under ${SOURCE_DIR}: the check would be empty")
endif()
if(violations)
  message(FATAL_ERROR "layering broken:\n${violations}")
endif()
message(STATUS "${checked} sources keep the layers")
