INSERT INTO inner_t (id, c.b, e.a, e.b) VALUES ('1', 'one', 3, 'e'), ('2', 'two', 4, 'f');
INSERT INTO outer_t SELECT i, ARRAY[i, NULL, i] FROM inner_t i; INSERT INTO outer_t VALUES (NULL, '{}');
