-- Milliseconds of refilling in a whole bucket, so that what several processes add at once stays within twice of it.
alter table buckets add column most bigint not null default 0;

-- What this place signs with, by what for. Whoever reads this table can make up what it signs.
create table secrets (
  name text primary key,
  value text not null
);

-- How many are in a room, and which, is read from the index alone.
create index members_in on members (room, person) where present = 1;
-- Who is known from imported history only, which may be any number.
create index people_imported on people (id) where password is null and expelled is null;
-- The others, as they are listed: first those who can sign in, then those who were removed.
create index people_listed on people ((case when password is not null then 0 else 1 end), found, id)
  where password is not null or expelled is not null;
