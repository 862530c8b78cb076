-- Who was removed from the place and is not out of every room yet: see server/people/removal.ts. `at` is when, in milliseconds
-- since 1970.
create table removals (
  person bigint primary key,
  at bigint not null
);
-- The rooms that someone is in, and never those that they have left, of which there may be any number.
drop index members_of;
create index members_inside on members (person, room) where present = 1;

-- A person has so many sessions at most (server/people/session.ts), and those that stand are found without those that ended.
delete from sessions where id in (
  select id from (
    select id, row_number() over (partition by person order by seen desc) as number from sessions where ended is null
  ) as standing where number > 50
);
drop index sessions_of;
create index sessions_standing on sessions (person) where ended is null;

-- What a session was begun on, in words: "Firefox on Linux".
alter table sessions add column device text not null default '';
-- A session's token changes from time to time: see server/people/session.ts. `turned` is when it did last; `offered` is the hash
-- of the next, from when it is given out (`offered_at`) until it is used; `former` that of the one before, which is good until
-- `former_until`. Times are milliseconds since 1970.
alter table sessions add column turned bigint not null default 0;
alter table sessions add column offered text;
alter table sessions add column offered_at bigint not null default 0;
alter table sessions add column former text;
alter table sessions add column former_until bigint not null default 0;
-- All for the first time in a day, when no process of the version before runs any more, which would not know them again.
update sessions set turned = (select max(seen) from sessions);
create unique index sessions_offered on sessions (offered) where offered is not null;
create index sessions_former on sessions (former) where former is not null;
-- Those that ended are forgotten after a while, and none lasts for ever: both are found without looking at the others.
create index sessions_over on sessions (ended) where ended is not null;
create index sessions_begun on sessions (at) where ended is null;
