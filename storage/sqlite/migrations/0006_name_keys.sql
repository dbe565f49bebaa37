-- A `name_key` is the name in normalization form C, which has one spelling of each
-- character, and ASCII lower case (NameKey). Names that were told apart so far stay so.
UPDATE OR IGNORE apps SET name_key = gitsync_name_key(name);
UPDATE OR IGNORE organizations SET name_key = gitsync_name_key(name);
