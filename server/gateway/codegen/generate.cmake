# The protoc plugin, and the code that it writes for the services of proto/.

gitsync_folder(gitsync_gateway_codegen server/gateway/codegen
  PUBLIC gitsync_gateway_json gitsync_proto absl::statusor absl::strings
  PRIVATE protobuf::libprotoc)
# Not by gitsync_gateway, which the plugin would have to wait for.
target_sources(gitsync_gateway_codegen
               PRIVATE ${CMAKE_SOURCE_DIR}/server/gateway/transcoding/path_template.cc)
gitsync_program(protoc-gen-gitsync-gateway server/gateway/codegen/main.cc
                gitsync_gateway_codegen protobuf::libprotoc)

# gitsync_gateway_code(<variable> <out> <import folder> <proto>...): runs the plugin once
# over the protos, named relative to the import folder, and sets the variable to the
# .cc files that it writes to the folder `out`. The document is openapi.json there.
function(gitsync_gateway_code variable out imports)
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${imports}/*.proto)
  list(TRANSFORM ARGN REPLACE "\\.proto$" "" OUTPUT_VARIABLE stems)
  list(APPEND stems all_methods)
  list(TRANSFORM stems APPEND .gateway.h OUTPUT_VARIABLE headers)
  list(APPEND stems openapi)
  list(TRANSFORM stems APPEND .gateway.cc OUTPUT_VARIABLE sources)
  list(TRANSFORM sources PREPEND ${out}/)
  list(TRANSFORM headers PREPEND ${out}/)
  # One that was built elsewhere is a file, and no target.
  set(plugin protoc-gen-gitsync-gateway)
  if(GITSYNC_HOST_TOOLS)
    set(plugin ${GITSYNC_GATEWAY_PLUGIN})
  endif()
  add_custom_command(
    OUTPUT ${sources} ${headers} ${out}/openapi.json
    COMMAND ${GITSYNC_PROTOC} -I ${imports} -I ${CMAKE_SOURCE_DIR}/proto
            -I ${GOOGLEAPIS_DIR}
            --plugin=protoc-gen-gitsync-gateway=${GITSYNC_GATEWAY_PLUGIN}
            --gitsync-gateway_out=openapi=openapi.json,title=GitSync:${out} ${ARGN}
    DEPENDS ${plugin} ${inputs}
    COMMENT "Writing the code of the gateway to ${out}"
    VERBATIM)
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()

set(services ${GITSYNC_PROTOS})
list(FILTER services INCLUDE REGEX "_service\\.proto$")
gitsync_gateway_code(sources ${PROTO_OUT} ${CMAKE_SOURCE_DIR}/proto ${services})
add_library(gitsync_gateway_routes STATIC ${sources})
target_compile_options(gitsync_gateway_routes PRIVATE ${GITSYNC_WARNINGS})
target_link_libraries(gitsync_gateway_routes PUBLIC gitsync_gateway_json gitsync_proto)
gitsync_unity(gitsync_gateway_routes)
