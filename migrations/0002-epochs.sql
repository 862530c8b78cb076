-- Each start of the place begins an epoch, at the tick that it finds: see server/db/epoch.ts.
create table epochs (
  number integer primary key,
  name text not null unique,
  began bigint not null
);
insert into epochs (number, name, began) select 1, epoch, 0 from clock;
alter table clock drop column epoch;
alter table clock drop column file;
