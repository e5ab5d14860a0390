CREATE TABLE public.kept (id int);
CREATE SCHEMA app;
CREATE TABLE app.t (id int PRIMARY KEY, kept int);
CREATE VIEW app.v AS SELECT t.id, k.id AS other FROM app.t JOIN public.kept k ON k.id = t.kept;
