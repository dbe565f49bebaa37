-- Commits that earlier tries of a push sent, parted by spaces: each may be the one that landed.
ALTER TABLE operations ADD COLUMN push_earlier_commit_ids TEXT;
