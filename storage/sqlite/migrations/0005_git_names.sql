-- What the repository called an app when it was last synced: the base of renames. Not
-- known yet of those that are there; an imported one may have a name of its own.
ALTER TABLE apps ADD COLUMN git_name TEXT;
ALTER TABLE apps ADD COLUMN git_slug TEXT;
ALTER TABLE apps ADD COLUMN git_name_is_local INTEGER;
UPDATE apps SET git_name = '', git_slug = '', git_name_is_local = EXISTS (
  SELECT 1 FROM operations WHERE operations.organization_id = apps.organization_id AND
  operations.app_id = apps.id AND operations.type = 3)
WHERE git_folder IS NOT NULL;
