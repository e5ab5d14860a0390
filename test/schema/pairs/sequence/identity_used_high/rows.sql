INSERT INTO t (x) VALUES (1), (2); SELECT setval('t_i_seq', 50000);
