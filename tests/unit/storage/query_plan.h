#ifndef GITSYNC_TESTS_UNIT_STORAGE_QUERY_PLAN_H_
#define GITSYNC_TESTS_UNIT_STORAGE_QUERY_PLAN_H_

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace gitsync {

// The steps of the statements' plans, and of the triggers' that they set off, that
// cost by the size of a table: each with its statement.
inline std::vector<std::string> Scans(const std::string& database,
                                      const std::vector<std::string>& statements) {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(database.c_str(), &handle), SQLITE_OK);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRIGGER_EQP, 1, nullptr);
  sqlite3_exec(handle, "PRAGMA foreign_keys = ON", nullptr, nullptr, nullptr);
  std::vector<std::string> scans;
  for (const std::string& sql : statements) {
    sqlite3_stmt* plan = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(handle, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1,
                                 &plan, nullptr),
              SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(handle);
    while (sqlite3_step(plan) == SQLITE_ROW) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(plan, 3));
      // The heading of a foreign key's action, which is a trigger without a name.
      if (text == nullptr) continue;
      const std::string step = text;
      // Empty between transactions.
      if (step == "SCAN definition_checks") continue;
      if (step == "SCAN CONSTANT ROW") continue;
      // Once, at the start.
      if (absl::StrContains(sql, "substr(sealed_secret")) continue;
      if (absl::StartsWith(step, "SCAN") || absl::StrContains(step, "TEMP B-TREE") ||
          absl::StrContains(step, "AUTOMATIC")) {
        scans.push_back(absl::StrCat(step, " in ", sql));
      }
    }
    sqlite3_finalize(plan);
  }
  sqlite3_close(handle);
  return scans;
}

}  // namespace gitsync

#endif  // GITSYNC_TESTS_UNIT_STORAGE_QUERY_PLAN_H_
