# Fails on a type that two headers define in one namespace: the linker keeps either's destructor for both, and no
# compiler says so.
#   cmake -DSOURCE_DIR=… -P tests/one_definition.cmake
cmake_minimum_required(VERSION 3.25)

file(GLOB_RECURSE headers RELATIVE ${SOURCE_DIR}
  ${SOURCE_DIR}/orchestrator/*.h ${SOURCE_DIR}/stages/*.h ${SOURCE_DIR}/trainer/*.h ${SOURCE_DIR}/evaluators/*.h
  ${SOURCE_DIR}/web/*.h)
set(types 0)
foreach(header ${headers})
  file(STRINGS ${SOURCE_DIR}/${header} spaces REGEX "^namespace [a-z:]+ ")
  if(NOT spaces)
    continue()  # macros or declarations of another's names
  endif()
  list(GET spaces 0 space)
  string(REGEX REPLACE "^namespace ([a-z:]+) .*" "\\1" space "${space}")
  file(STRINGS ${SOURCE_DIR}/${header} lines REGEX "^(struct|class|enum class) [A-Za-z0-9_]+( [:f].*)? {")
  foreach(line ${lines})
    string(REGEX REPLACE "^(struct|class|enum class) ([A-Za-z0-9_]+).*" "\\2" type "${line}")
    if(DEFINED HOME_${space}_${type})
      message(SEND_ERROR "${space}::${type} is defined in ${HOME_${space}_${type}} and in ${header}; rename one")
    endif()
    set(HOME_${space}_${type} ${header})
    math(EXPR types "${types} + 1")
  endforeach()
endforeach()
if(types LESS 100)
  message(FATAL_ERROR "found ${types} types only: does the pattern still fit?")
endif()
message(STATUS "${types} types are defined once")
