-- Names as they are compared and looked for. Databases do not fold letters alike, so Parlour does and keeps it here: `folded`
-- is without case and width, `found` without accents, too. `rule` is the version of the rule that made them; a row without one
-- is from before, and is seen to at the next start (server/names/kept.ts).
alter table people add column folded text;
alter table people add column found text collate "C";
alter table people add column rule integer;
create index people_folded on people (folded);
create index people_found on people (found);
alter table rooms add column found text collate "C";
alter table rooms add column rule integer;
create index rooms_found on rooms (found);

-- What names look like: two people, or two rooms, never share a row's `look`, but for those that were imported or older.
create table looks (
  kind text not null,
  look text not null,
  thing bigint not null,
  primary key (kind, look, thing)
);
create index looks_of on looks (kind, thing);
