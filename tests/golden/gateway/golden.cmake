# The code for the protos of this folder, which the tests of the codecs read and write.

set(golden_in ${CMAKE_CURRENT_LIST_DIR})
set(golden_out ${CMAKE_BINARY_DIR}/generated/golden)
file(MAKE_DIRECTORY ${golden_out})
set(golden_protos every_type library_service)
list(TRANSFORM golden_protos PREPEND ${golden_out}/ OUTPUT_VARIABLE golden_stems)
list(TRANSFORM golden_stems APPEND .pb.cc OUTPUT_VARIABLE golden_sources)
list(TRANSFORM golden_stems APPEND .pb.h OUTPUT_VARIABLE golden_headers)
list(TRANSFORM golden_protos PREPEND ${golden_in}/)
list(TRANSFORM golden_protos APPEND .proto)
add_custom_command(
  OUTPUT ${golden_sources} ${golden_headers}
  COMMAND ${GITSYNC_PROTOC} -I ${golden_in} -I ${CMAKE_SOURCE_DIR}/proto
          -I ${GOOGLEAPIS_DIR} --cpp_out=${golden_out} ${golden_protos}
  DEPENDS ${golden_protos}
  COMMENT "protoc ${golden_in}"
  VERBATIM)
gitsync_gateway_code(golden_gateway_sources ${golden_out} ${golden_in}
                     library_service.proto)
add_library(gitsync_gateway_golden STATIC ${golden_sources} ${golden_gateway_sources})
target_compile_options(gitsync_gateway_golden PRIVATE -O0 -U_FORTIFY_SOURCE)
target_include_directories(gitsync_gateway_golden SYSTEM PUBLIC ${golden_out})
target_link_libraries(gitsync_gateway_golden PUBLIC gitsync_gateway_json gitsync_proto)
