CREATE TABLE t (k text, "a DEFERRABLE b" int, "c INITIALLY d" int, "e WHERE (f" int);
