INSERT INTO inner_t (id, c.a, c.b) VALUES (1, 11, 'one "x"'), (2, 12, 'two, (y)');
UPDATE inner_t SET j = $${"x" :  "it's", "x": [1.50]}$$, jb = $${"y": null}$$, "o'dd \ ""name" = $$q"u\o'te$$, ints = $$[2:3]={5,NULL}$$, cs = ARRAY[c, NULL, c], dc = c, k = ROW(id, ARRAY[c]);
INSERT INTO outer_t SELECT i, ARRAY[i, NULL, i], ROW(1, i, ARRAY[i])::w, ARRAY[ROW(1, i, ARRAY[i])::w], i FROM inner_t i; INSERT INTO outer_t VALUES (NULL, '{}');
INSERT INTO outermost SELECT o, ARRAY[o] FROM outer_t o;
INSERT INTO p SELECT 1, i FROM inner_t i;
INSERT INTO par SELECT 1, i FROM inner_t i;
INSERT INTO chi SELECT 1, i FROM inner_t i;
