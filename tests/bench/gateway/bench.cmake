# Measures the gateway beside the Go one. As a test it only shows that it works:
# tests/bench/gateway/run measures.

find_program(WRK wrk)
if(NOT TARGET go_gateway OR NOT WRK)
  return()
endif()
add_executable(gateway_bench ${CMAKE_CURRENT_LIST_DIR}/gateway_bench.cc
               parity/go_gateway.cc)
target_compile_options(gateway_bench PRIVATE ${GITSYNC_TEST_OPTIONS})
target_link_libraries(gateway_bench PRIVATE gitsync_grpc_load gitsync_test_installation)
target_compile_definitions(gateway_bench
                           PRIVATE GITSYNC_BUILD_TYPE="${CMAKE_BUILD_TYPE}"
                                   GITSYNC_GO_GATEWAY="${GITSYNC_GO_GATEWAY}")
add_dependencies(gateway_bench gitsyncd go_gateway)
add_test(NAME ${GITSYNC_TEST_PREFIX}gateway_bench/one_round
         COMMAND gateway_bench --rounds=1 --seconds=1)
set_tests_properties(${GITSYNC_TEST_PREFIX}gateway_bench/one_round
                     PROPERTIES TIMEOUT 300 LABELS gateway_bench)
