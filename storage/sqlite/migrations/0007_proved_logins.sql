-- With which configuration the login was last known to work. What is finalized was
-- proved then, unless it failed to be so again since.
ALTER TABLE git_configs ADD COLUMN proved_etag TEXT NOT NULL DEFAULT '';
UPDATE git_configs SET proved_etag = etag
WHERE finalize_time IS NOT NULL AND last_error = '';
