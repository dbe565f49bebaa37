# The benchmark starts whole installations, as the integration tests do. As a test it
# only shows that it works: tests/bench/run measures.

file(GLOB bench_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cc
     ${CMAKE_CURRENT_LIST_DIR}/groups/*.cc)
list(FILTER bench_sources EXCLUDE REGEX "/echo_server\\.cc$")
add_executable(bench ${bench_sources})
gitsync_unity(bench)
target_compile_options(bench PRIVATE ${GITSYNC_TEST_OPTIONS})
target_link_libraries(bench PRIVATE gitsync_git gitsync_grpc_load
                      gitsync_test_installation PkgConfig::libgit2)
target_compile_definitions(bench PRIVATE GITSYNC_BUILD_TYPE="${CMAKE_BUILD_TYPE}"
                           GITSYNC_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                           GITSYNC_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")

# What GitSync's own gRPC server is compared with, and the client of both.
add_executable(echo_server ${CMAKE_CURRENT_LIST_DIR}/echo_server.cc)
target_compile_options(echo_server PRIVATE ${GITSYNC_WARNINGS} -O2)
target_link_libraries(echo_server PRIVATE gitsync_proto)
# What asks it is measured too.
add_library(gitsync_grpc_load STATIC ${CMAKE_CURRENT_LIST_DIR}/gateway/grpc_load.cc)
target_compile_options(gitsync_grpc_load PRIVATE ${GITSYNC_WARNINGS} -O2)
target_include_directories(gitsync_grpc_load PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(gitsync_grpc_load PUBLIC gitsync_proto)

add_dependencies(bench gitsyncd echo_server)
add_test(NAME ${GITSYNC_TEST_PREFIX}bench/smoke COMMAND bench --smoke)
set_tests_properties(${GITSYNC_TEST_PREFIX}bench/smoke PROPERTIES TIMEOUT 300
                     COST 20 LABELS bench)
