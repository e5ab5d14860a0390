CREATE TABLE t (id int CONSTRAINT t_x_pkey PRIMARY KEY, k text);
CREATE INDEX t_x_k_idx ON t (k);
CREATE TABLE t_y (id int);
