# Fuzz targets of what is read from strangers: callers, git remotes, and those who push
# to them. In the preset "fuzz" they are libFuzzer's programs: tests/fuzz/run. In every
# other they run over their corpora, as tests.

option(GITSYNC_FUZZ "Build the fuzz targets for libFuzzer, with clang" OFF)
set(fuzz_dir ${CMAKE_CURRENT_LIST_DIR})

function(gitsync_fuzz_target name)
  add_executable(fuzz_${name} ${fuzz_dir}/${name}_fuzz.cc)
  target_compile_options(fuzz_${name} PRIVATE ${GITSYNC_WARNINGS})
  target_link_libraries(fuzz_${name} PRIVATE ${ARGN})
  if(GITSYNC_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz_targets fuzz_${name})
    return()
  endif()
  target_compile_options(fuzz_${name} PRIVATE ${GITSYNC_TEST_OPTIONS})
  target_sources(fuzz_${name} PRIVATE ${fuzz_dir}/corpus_main.cc)
  add_test(NAME ${GITSYNC_TEST_PREFIX}fuzz/${name}
           COMMAND fuzz_${name} ${fuzz_dir}/corpus/${name})
  set_tests_properties(${GITSYNC_TEST_PREFIX}fuzz/${name} PROPERTIES TIMEOUT 300
                       LABELS fuzz_${name})
endfunction()

if(GITSYNC_FUZZ)
  add_custom_target(fuzz_targets)
endif()
# From callers.
gitsync_fuzz_target(request_head gitsync_gateway)
gitsync_fuzz_target(path_template gitsync_gateway)
gitsync_fuzz_target(route gitsync_gateway gitsync_gateway_golden)
gitsync_fuzz_target(query gitsync_gateway gitsync_gateway_golden)
gitsync_fuzz_target(json gitsync_gateway_golden)
gitsync_fuzz_target(nested_json gitsync_gateway_golden)
gitsync_fuzz_target(definition gitsync_format)
gitsync_fuzz_target(git_url gitsync_git_transport)
gitsync_fuzz_target(ref_name gitsync_sync PkgConfig::libgit2)
# From remotes, and from those who push to them.
gitsync_fuzz_target(pkt_line gitsync_git)
gitsync_fuzz_target(advertisement gitsync_git)
gitsync_fuzz_target(push_report gitsync_git)
gitsync_fuzz_target(fetch_answer gitsync_git PkgConfig::libgit2)
gitsync_fuzz_target(commit_object gitsync_git PkgConfig::libgit2)
gitsync_fuzz_target(raw_tree gitsync_git PkgConfig::libgit2)
gitsync_fuzz_target(pack_reader gitsync_git PkgConfig::libgit2)
gitsync_fuzz_target(app_folder gitsync_format)
# From operators.
gitsync_fuzz_target(known_hosts gitsync_git_transport)
