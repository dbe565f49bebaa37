# The page at /docs. What it is made of comes from npm, as package-lock.json pins it, and
# becomes part of the program: a server needs no file, and its users no other host.
#
# npm brings 370 packages with it on Debian, so building does not insist on it: without
# it, or without a registry that it can reach, /docs is a plain page.

find_program(NPM npm)
set(docs_dir ${CMAKE_SOURCE_DIR}/server/gateway/docs)
set(docs_npm ${CMAKE_BINARY_DIR}/npm-docs)
set(docs_lock ${docs_dir}/package-lock.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${docs_lock})

# Packages that are there are the right ones if the same lock file brought them.
file(SHA256 ${docs_lock} docs_wanted)
set(docs_installed)
if(EXISTS ${docs_npm}/installed)
  file(READ ${docs_npm}/installed docs_installed)
endif()
if(NPM AND NOT docs_installed STREQUAL docs_wanted)
  file(COPY ${docs_dir}/package.json ${docs_lock} DESTINATION ${docs_npm})
  # No scripts: one of a package that it depends on would report the installation. And
  # not npm's own minute of retries where there is no network.
  execute_process(
    COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline
            --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=3000
    WORKING_DIRECTORY ${docs_npm}
    RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(failed)
    message(WARNING "npm could not install the page at /docs:\n${output}")
  else()
    file(WRITE ${docs_npm}/installed ${docs_wanted})
    set(docs_installed ${docs_wanted})
  endif()
endif()

if(docs_installed STREQUAL docs_wanted)
  set(swagger_ui ${docs_npm}/node_modules/swagger-ui-dist)
  set(docs_files
      ${docs_dir}/page.html ${docs_dir}/page.css ${docs_dir}/page.js
      ${swagger_ui}/swagger-ui.css ${swagger_ui}/swagger-ui-bundle.js
      ${swagger_ui}/swagger-ui-bundle.js.LICENSE.txt ${swagger_ui}/LICENSE
      ${swagger_ui}/NOTICE)
else()
  message(STATUS "Without npm's packages /docs is a plain page")
  set(docs_files ${docs_dir}/plain.html)
endif()

# The assembler takes a file as it is, in no time; a literal of its size takes seconds.
set(docs_out ${PROTO_OUT}/docs)
file(MAKE_DIRECTORY ${docs_out})
set(docs_asm)
set(docs_declarations)
set(docs_entries)
set(docs_gzips)
foreach(file ${docs_files})
  cmake_path(GET file FILENAME name)
  string(MAKE_C_IDENTIFIER "gitsync_docs_${name}" symbol)
  add_custom_command(
    OUTPUT ${docs_out}/${name}.gz
    COMMAND gzip -9nc ${file} > ${docs_out}/${name}.gz
    DEPENDS ${file}
    VERBATIM)
  list(APPEND docs_gzips ${docs_out}/${name}.gz)
  foreach(part "${symbol}|${file}" "${symbol}_gz|${docs_out}/${name}.gz")
    string(REPLACE "|" ";" part ${part})
    list(GET part 0 label)
    list(GET part 1 path)
    string(APPEND docs_asm "    EMBED(${label}, \"${path}\")\n")
    string(APPEND docs_declarations
           "extern const char ${label}[];\nextern const char ${label}_end[];\n")
  endforeach()
  string(APPEND docs_entries "      {\"${name}\", Text(${symbol}, ${symbol}_end),\n"
         "       Text(${symbol}_gz, ${symbol}_gz_end)},\n")
endforeach()
configure_file(${docs_dir}/embedded_files.cc.in ${docs_out}/embedded_files.cc @ONLY)

gitsync_folder(gitsync_gateway_docs server/gateway/docs
  PUBLIC gitsync_gateway)
target_sources(gitsync_gateway_docs PRIVATE ${docs_out}/embedded_files.cc)
set_source_files_properties(${docs_out}/embedded_files.cc PROPERTIES
  OBJECT_DEPENDS "${docs_files};${docs_gzips}"
  SKIP_UNITY_BUILD_INCLUSION ON)
