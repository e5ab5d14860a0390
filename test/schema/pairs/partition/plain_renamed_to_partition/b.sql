CREATE TABLE t (id int NOT NULL, k text) PARTITION BY RANGE (id);
-- migrate: renamed from t
CREATE TABLE t_first PARTITION OF t DEFAULT;
CREATE INDEX t_k ON t (k);
