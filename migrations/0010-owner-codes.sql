-- By each of these someone may own the place, from wherever they are, while nobody does. Stored hashed; gone once it is owned.
create table owner_codes (
  hash text primary key,
  at bigint not null
);
