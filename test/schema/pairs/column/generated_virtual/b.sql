CREATE TABLE lines (id int PRIMARY KEY, net int, tax int, gross int GENERATED ALWAYS AS (net + tax * 2) VIRTUAL,
	half int GENERATED ALWAYS AS (net / 2) STORED, double int GENERATED ALWAYS AS (net * 2) VIRTUAL, plain int GENERATED ALWAYS AS (tax) VIRTUAL,
	more int NOT NULL GENERATED ALWAYS AS (coalesce(tax, 0)) VIRTUAL);
CREATE VIEW totals AS SELECT gross, half FROM lines;
