-- Everything that GitSync keeps.
--
-- Every table has a `sequence` that is never used twice, for listings by keyset.
-- Times are microseconds since the Unix epoch. A `name_key` is the name in ASCII lower
-- case; uniqueness of names is by it.

CREATE TABLE organizations (
  sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT    NOT NULL UNIQUE,
  name         TEXT    NOT NULL,
  name_key     TEXT    NOT NULL UNIQUE,
  environments BLOB    NOT NULL,  -- a list of strings, see string_list.h
  etag         TEXT    NOT NULL,
  create_time  INTEGER NOT NULL,
  update_time  INTEGER NOT NULL
) STRICT;

CREATE TABLE apps (
  sequence        INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT    NOT NULL UNIQUE,
  organization_id TEXT    NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name            TEXT    NOT NULL,
  name_key        TEXT    NOT NULL,
  slug            TEXT    NOT NULL,
  editable        INTEGER NOT NULL,
  git_app_id      TEXT    NOT NULL,
  -- The git state; all NULL when there is none.
  git_folder      TEXT,
  git_ref         TEXT,
  git_commit_id   TEXT,
  git_tree_id     TEXT,
  git_version_id  TEXT,
  git_sync_time   INTEGER,
  etag            TEXT    NOT NULL,
  create_time     INTEGER NOT NULL,
  update_time     INTEGER NOT NULL,
  UNIQUE (organization_id, name_key),
  UNIQUE (organization_id, slug),
  UNIQUE (organization_id, git_app_id)
) STRICT;
CREATE INDEX apps_by_organization ON apps (organization_id);

-- Each definition once, by content: hash is the SHA-256 of text in hexadecimal.
CREATE TABLE definitions (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  hash     TEXT NOT NULL UNIQUE,
  text     BLOB NOT NULL
) STRICT;

CREATE TABLE versions (
  sequence               INTEGER PRIMARY KEY AUTOINCREMENT,
  id                     TEXT    NOT NULL UNIQUE,
  app_id                 TEXT    NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  name                   TEXT    NOT NULL,
  definition_hash        TEXT    NOT NULL REFERENCES definitions (hash),
  definition_size_bytes  INTEGER NOT NULL,
  environment            TEXT    NOT NULL,
  synced_commit_id       TEXT    NOT NULL,
  synced_definition_hash TEXT    NOT NULL,
  -- Grows, within the app, with each change of a definition and each sync.
  change                 INTEGER NOT NULL,
  etag                   TEXT    NOT NULL,
  create_time            INTEGER NOT NULL,
  update_time            INTEGER NOT NULL,
  UNIQUE (app_id, name)
) STRICT;
CREATE INDEX versions_by_app ON versions (app_id);
CREATE INDEX versions_by_change ON versions (app_id, change);
CREATE INDEX versions_by_definition ON versions (definition_hash);

CREATE TABLE releases (
  sequence        INTEGER PRIMARY KEY AUTOINCREMENT,
  app_id          TEXT    NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  organization_id TEXT    NOT NULL,  -- the app's, so that an index can have it
  environment     TEXT    NOT NULL,
  version_id      TEXT    NOT NULL REFERENCES versions (id),
  definition_hash TEXT    NOT NULL REFERENCES definitions (hash),
  operation_id    TEXT    NOT NULL,
  release_time    INTEGER NOT NULL,
  UNIQUE (app_id, environment)
) STRICT;
CREATE INDEX releases_by_environment ON releases (organization_id, environment);
CREATE INDEX releases_by_version ON releases (version_id);
CREATE INDEX releases_by_definition ON releases (definition_hash);

CREATE TABLE git_configs (
  sequence                   INTEGER PRIMARY KEY AUTOINCREMENT,
  organization_id            TEXT    NOT NULL UNIQUE
                                     REFERENCES organizations (id) ON DELETE CASCADE,
  mirror_id                  TEXT    NOT NULL,
  git_url                    TEXT    NOT NULL,
  branch                     TEXT    NOT NULL,
  path_prefix                TEXT    NOT NULL,
  kind                       INTEGER NOT NULL,
  sealed_secret              BLOB    NOT NULL,
  key_type                   TEXT    NOT NULL,
  public_key                 TEXT    NOT NULL,
  host_key                   TEXT    NOT NULL,
  github_app_id              TEXT    NOT NULL,
  github_app_installation_id TEXT    NOT NULL,
  github_enterprise_api_url  TEXT    NOT NULL,
  app_key_fingerprint        TEXT    NOT NULL,
  username                   TEXT    NOT NULL,
  ca_certificate             TEXT    NOT NULL,
  finalize_time              INTEGER,
  can_write                  INTEGER NOT NULL,
  last_error                 TEXT    NOT NULL,
  etag                       TEXT    NOT NULL,
  create_time                INTEGER NOT NULL,
  update_time                INTEGER NOT NULL
) STRICT;

CREATE TABLE access_tokens (
  sequence        INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT    NOT NULL UNIQUE,
  hash            BLOB    NOT NULL UNIQUE,
  name            TEXT    NOT NULL,
  role            INTEGER NOT NULL,
  organization_id TEXT    REFERENCES organizations (id) ON DELETE CASCADE,
  create_time     INTEGER NOT NULL,
  expire_time     INTEGER,
  revoke_time     INTEGER
) STRICT;
CREATE INDEX access_tokens_by_organization ON access_tokens (organization_id);
CREATE INDEX access_tokens_by_role ON access_tokens (role, expire_time)
  WHERE revoke_time IS NULL;

-- app_id and version_id are no foreign keys: an operation outlives both.
CREATE TABLE operations (
  sequence             INTEGER PRIMARY KEY AUTOINCREMENT,
  id                   TEXT    NOT NULL UNIQUE,
  organization_id      TEXT    NOT NULL
                               REFERENCES organizations (id) ON DELETE CASCADE,
  app_id               TEXT    NOT NULL,
  version_id           TEXT    NOT NULL,
  type                 INTEGER NOT NULL,  -- 1 is a push
  state                INTEGER NOT NULL,  -- 1 is running, 2 succeeded
  phase                INTEGER NOT NULL,
  actor                TEXT    NOT NULL,
  ref                  TEXT    NOT NULL,
  commit_id            TEXT    NOT NULL,
  changed              INTEGER NOT NULL,
  environment          TEXT    NOT NULL,
  files                BLOB    NOT NULL,  -- a list of strings, see string_list.h
  files_were_merged    INTEGER NOT NULL,
  -- The push intent; all NULL when there is none.
  push_commit_message  TEXT,
  push_author_name     TEXT,
  push_author_email    TEXT,
  push_force           INTEGER,
  push_definition_hash TEXT,
  push_folder          TEXT,
  push_base_commit_id  TEXT,
  push_commit_id       TEXT,
  push_tree_id         TEXT,
  error_code           INTEGER NOT NULL,
  error_reason         TEXT    NOT NULL,
  error_message        TEXT    NOT NULL,
  create_time          INTEGER NOT NULL,
  end_time             INTEGER
) STRICT;
CREATE INDEX operations_by_organization ON operations (organization_id);
CREATE INDEX operations_by_app ON operations (organization_id, app_id);
CREATE INDEX operations_pushed ON operations (app_id, ref) WHERE type = 1 AND state = 2;
CREATE INDEX operations_running ON operations (state) WHERE state = 1;
CREATE INDEX operations_running_by_app ON operations (app_id) WHERE state = 1;
CREATE INDEX operations_running_by_definition ON operations (push_definition_hash)
  WHERE state = 1;

CREATE TABLE requests (
  sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
  key          TEXT    NOT NULL UNIQUE,
  fingerprint  TEXT    NOT NULL,
  operation_id TEXT    REFERENCES operations (id) ON DELETE CASCADE,
  response     BLOB    NOT NULL,
  create_time  INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_by_operation ON requests (operation_id);
CREATE INDEX requests_by_create_time ON requests (create_time);

-- One row, which the health check writes.
CREATE TABLE health (
  id     INTEGER PRIMARY KEY,
  checks INTEGER NOT NULL
) STRICT;
INSERT INTO health (id, checks) VALUES (1, 0);

-- Definitions that may have lost the last row that named them in this transaction;
-- empty between transactions. They are looked at before the commit and not at once,
-- because another row may come to name them until then.
CREATE TABLE definition_checks (
  hash TEXT NOT NULL
) STRICT;

CREATE TRIGGER version_deleted AFTER DELETE ON versions BEGIN
  INSERT INTO definition_checks (hash) VALUES (OLD.definition_hash);
END;
CREATE TRIGGER version_updated AFTER UPDATE OF definition_hash ON versions
WHEN OLD.definition_hash <> NEW.definition_hash BEGIN
  INSERT INTO definition_checks (hash) VALUES (OLD.definition_hash);
END;
CREATE TRIGGER release_deleted AFTER DELETE ON releases BEGIN
  INSERT INTO definition_checks (hash) VALUES (OLD.definition_hash);
END;
CREATE TRIGGER release_updated AFTER UPDATE OF definition_hash ON releases
WHEN OLD.definition_hash <> NEW.definition_hash BEGIN
  INSERT INTO definition_checks (hash) VALUES (OLD.definition_hash);
END;
CREATE TRIGGER operation_deleted AFTER DELETE ON operations
WHEN OLD.state = 1 AND OLD.push_definition_hash IS NOT NULL BEGIN
  INSERT INTO definition_checks (hash) VALUES (OLD.push_definition_hash);
END;
CREATE TRIGGER operation_updated AFTER UPDATE ON operations
WHEN OLD.state = 1 AND OLD.push_definition_hash IS NOT NULL
  AND (NEW.state <> 1 OR NEW.push_definition_hash IS NOT OLD.push_definition_hash) BEGIN
  INSERT INTO definition_checks (hash) VALUES (OLD.push_definition_hash);
END;
