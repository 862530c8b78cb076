-- Each start of the place on SQLite begins an epoch, at the tick that it finds; on Postgres a new timeline or another
-- database does, which `mark` tells: see server/db/epoch.ts.
create table epochs (
  number integer primary key,
  name text not null unique,
  began bigint not null,
  mark text
);
insert into epochs (number, name, began) select 1, epoch, 0 from clock;
alter table clock drop column epoch;
alter table clock drop column file;
