#ifndef GITSYNC_STORAGE_SQLITE_SQLITE_TRANSACTION_H_
#define GITSYNC_STORAGE_SQLITE_SQLITE_TRANSACTION_H_

#include "storage/sqlite/sqlite_access_token_store.h"
#include "storage/sqlite/sqlite_app_store.h"
#include "storage/sqlite/sqlite_git_config_store.h"
#include "storage/sqlite/sqlite_operation_store.h"
#include "storage/sqlite/sqlite_organization_store.h"
#include "storage/sqlite/sqlite_release_store.h"
#include "storage/sqlite/sqlite_request_store.h"
#include "storage/sqlite/sqlite_version_store.h"
#include "storage/store.h"

namespace gitsync {

// The stores on one connection, which is in a transaction.
class SqliteTransaction : public Transaction {
 public:
  explicit SqliteTransaction(Connection& connection)
      : organizations_(connection),
        apps_(connection),
        versions_(connection),
        releases_(connection),
        git_configs_(connection),
        access_tokens_(connection),
        operations_(connection),
        requests_(connection) {}

  OrganizationStore& organizations() override { return organizations_; }
  AppStore& apps() override { return apps_; }
  SqliteVersionStore& versions() override { return versions_; }
  ReleaseStore& releases() override { return releases_; }
  GitConfigStore& git_configs() override { return git_configs_; }
  AccessTokenStore& access_tokens() override { return access_tokens_; }
  OperationStore& operations() override { return operations_; }
  RequestStore& requests() override { return requests_; }

  const OrganizationStore& organizations() const override { return organizations_; }
  const AppStore& apps() const override { return apps_; }
  const VersionStore& versions() const override { return versions_; }
  const ReleaseStore& releases() const override { return releases_; }
  const GitConfigStore& git_configs() const override { return git_configs_; }
  const AccessTokenStore& access_tokens() const override { return access_tokens_; }
  const OperationStore& operations() const override { return operations_; }
  const RequestStore& requests() const override { return requests_; }

 private:
  SqliteOrganizationStore organizations_;
  SqliteAppStore apps_;
  SqliteVersionStore versions_;
  SqliteReleaseStore releases_;
  SqliteGitConfigStore git_configs_;
  SqliteAccessTokenStore access_tokens_;
  SqliteOperationStore operations_;
  SqliteRequestStore requests_;
};

}  // namespace gitsync

#endif  // GITSYNC_STORAGE_SQLITE_SQLITE_TRANSACTION_H_
