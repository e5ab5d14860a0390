CREATE TABLE lines (id int PRIMARY KEY, net int, tax int, gross int GENERATED ALWAYS AS (net + tax) VIRTUAL,
	half int GENERATED ALWAYS AS (net / 2) VIRTUAL, double int GENERATED ALWAYS AS (net * 2) STORED, plain int);
CREATE VIEW totals AS SELECT gross, half FROM lines;
