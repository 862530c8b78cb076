-- What was said at some time, whatever its id: imported messages have new ids and old times.
create index messages_at on messages (room, at);
