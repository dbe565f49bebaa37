# Writes a C++ file that holds the texts of the migrations, so that the program needs
# no file of its own to bring a database up to date.
#
#   cmake -DMIGRATIONS=<list of .sql files> -DOUTPUT=<file> -P embed_migrations.cmake

set(entries)
set(expected 1)
foreach(file ${MIGRATIONS})
  get_filename_component(name ${file} NAME)
  if(NOT name MATCHES "^0*([1-9][0-9]*)_[a-z0-9_]+\\.sql$")
    message(FATAL_ERROR "${name}: a migration is named NNNN_topic.sql")
  endif()
  if(NOT CMAKE_MATCH_1 EQUAL expected)
    message(FATAL_ERROR "${name}: migration ${expected} is missing, or there twice")
  endif()
  file(READ ${file} text)
  string(APPEND entries "    {${expected}, R\"sql(${text})sql\"},\n")
  math(EXPR expected "${expected} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Made by embed_migrations.cmake from storage/sqlite/migrations.
#include \"storage/sqlite/migration.h\"

namespace gitsync {

const std::vector<Migration>& Migrations() {
  static const std::vector<Migration>& migrations = *new std::vector<Migration>{
${entries}  };
  return migrations;
}

}  // namespace gitsync
")
