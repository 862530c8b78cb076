-- When the owner removed someone from the place, in milliseconds since 1970: they are in no room, and nobody signs in as them.
alter table people add column expelled bigint;
