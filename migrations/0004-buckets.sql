-- By the account of all processes: when each bucket that is not full will be, and when something was last taken from it, in
-- milliseconds since 1970 by the database's clock.
create table buckets (
  name text primary key,
  full_at bigint not null,
  taken_at bigint not null
);
create index buckets_taken on buckets (taken_at);
