CREATE TABLE zones (id int, name text);
CREATE FUNCTION zone_name() RETURNS text LANGUAGE sql AS $$ SELECT coalesce(max(name), 'none') FROM public.zones $$;
CREATE TABLE t (id int, z text NOT NULL DEFAULT zone_name());
