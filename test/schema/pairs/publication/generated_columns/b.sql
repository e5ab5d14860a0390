CREATE TABLE t (id int PRIMARY KEY, d int GENERATED ALWAYS AS (id * 2) STORED);
CREATE PUBLICATION one FOR TABLE t;
CREATE PUBLICATION two FOR TABLE t WITH (publish_generated_columns = stored);
CREATE PUBLICATION three FOR ALL TABLES WITH (publish_generated_columns = stored);
