-- The people of each process on Postgres, for the others to read: see server/live/presence-shared.ts. `number` rises each time
-- the process says that it is there, `version` when its people changed; `at` is milliseconds since 1970 by the database's clock.
create table presence (
  process text primary key,
  number bigint not null,
  version bigint not null,
  people text,
  typing text not null,
  leaving integer not null,
  at bigint not null
);
