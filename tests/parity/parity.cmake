# The same requests through our gateway and through the one that the ecosystem's own
# generator makes of our protos, before one server. In an optimized build only: what is
# compared is what is said, and sanitizers have enough of it elsewhere.

# Debian's, before another one that comes first in PATH.
find_program(GO go HINTS /usr/bin)
find_program(PROTOC_GEN_GRPC_GATEWAY protoc-gen-grpc-gateway HINTS /usr/bin)
if(NOT GO OR NOT PROTOC_GEN_GRPC_GATEWAY OR GITSYNC_SANITIZE
   OR NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  return()
endif()

set(parity_dir ${CMAKE_BINARY_DIR}/parity)
set(GITSYNC_GO_GATEWAY ${parity_dir}/go_gateway)
list(TRANSFORM GITSYNC_PROTOS PREPEND ${CMAKE_SOURCE_DIR}/proto/
     OUTPUT_VARIABLE parity_protos)
add_custom_command(
  OUTPUT ${GITSYNC_GO_GATEWAY}
  COMMAND ${CMAKE_CURRENT_LIST_DIR}/build_go_gateway ${parity_dir} ${GOOGLEAPIS_DIR}
  DEPENDS ${CMAKE_CURRENT_LIST_DIR}/build_go_gateway ${CMAKE_CURRENT_LIST_DIR}/main.go
          ${parity_protos}
  COMMENT "Building the Go gateway"
  VERBATIM)
add_custom_target(go_gateway ALL DEPENDS ${GITSYNC_GO_GATEWAY})

gitsync_test(parity_test parity gitsync_gateway_routes gitsync_test_installation)
target_include_directories(parity_test SYSTEM PRIVATE ${RAPIDJSON_INCLUDE_DIR})
target_compile_definitions(parity_test
                           PRIVATE GITSYNC_GO_GATEWAY="${GITSYNC_GO_GATEWAY}")
add_dependencies(parity_test gitsyncd go_gateway)
