-- Which repository a push was for: its outcome is not looked for in another one.
ALTER TABLE operations ADD COLUMN push_mirror_id TEXT;
UPDATE operations SET push_mirror_id = COALESCE(
  (SELECT mirror_id FROM git_configs
   WHERE git_configs.organization_id = operations.organization_id), '')
WHERE push_commit_message IS NOT NULL;
