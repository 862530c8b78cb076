-- A session that ended stays for a day with the tick of its end, so that each process hears of it in its place in the order.
alter table sessions add column tick bigint not null default 0;
alter table sessions add column ended bigint;
create index sessions_ended on sessions (tick) where tick > 0;
