-- Which configurations are from the server's settings.
ALTER TABLE git_configs ADD COLUMN managed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX git_configs_by_managed ON git_configs (managed) WHERE managed = 1;
