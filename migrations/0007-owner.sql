-- Whether the place has an owner is asked by whoever opens a door of it: never through all of its people.
create index people_owner on people (role) where role = 'owner';
