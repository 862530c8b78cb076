-- Addresses in the order of their bytes, as SQLite has them anyway: a database with a language of its own would list other rooms
-- first, where there are more than one list shows.
alter table rooms alter column slug type text collate "C";
