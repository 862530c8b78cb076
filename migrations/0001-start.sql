-- The beginning: one clock, and rows that remember the tick of their last change.
-- Written for SQLite and Postgres alike. Times are milliseconds since 1970; truth values are 0 and 1.

create table clock (
  id integer primary key check (id = 1),
  tick bigint not null,
  -- The name of this history: see server/db/epoch.ts. `file` is how the database's file was last known.
  epoch text not null,
  file text
);

create table place (
  id integer primary key check (id = 1),
  name text not null,
  registration text not null,
  invite text not null
);

-- `skeleton` is the name with case and look-alikes folded away; imported people whose skeleton is taken have none.
-- Without a password nobody can sign in as this person (imported, until the owner makes a link).
create table people (
  id bigint primary key,
  name text not null,
  skeleton text unique,
  password text,
  role text not null,
  at bigint not null,
  tick bigint not null
);
create index people_changed on people (tick);
create index people_named on people (name);

-- Tokens are stored hashed: whoever reads this table cannot sign in with it.
create table sessions (
  id text primary key,
  hash text not null unique,
  person bigint not null,
  at bigint not null,
  seen bigint not null
);
create index sessions_of on sessions (person);

create table password_links (
  hash text primary key,
  person bigint not null,
  expires bigint not null
);

create table rooms (
  id bigint primary key,
  slug text not null unique,
  name text not null,
  at bigint not null,
  tick bigint not null
);
create index rooms_changed on rooms (tick);

create table members (
  room bigint not null,
  person bigint not null,
  present integer not null,
  tick bigint not null,
  primary key (room, person)
);
create index members_of on members (person, room);
create index members_changed on members (tick);

-- A message's id is the tick at which it was born, so an untouched row has tick = id. That is why what is new is found
-- by id, and only rows that changed later need an index by tick.
create table messages (
  id bigint primary key,
  room bigint not null,
  author bigint not null,
  text text,
  at bigint not null,
  tick bigint not null,
  nonce text,
  unique (author, nonce)
);
create index messages_in on messages (room, id);
create index messages_edited on messages (tick, room) where tick > id;
-- What was said at some time, whatever its id: imported messages have new ids and old times.
create index messages_at on messages (room, at);

-- Messages as they are told: with their author's name of today.
create view said as
  select m.id, m.room, m.author, p.name, m.text, m.at, m.tick, m.nonce from messages m join people p on p.id = m.author;
