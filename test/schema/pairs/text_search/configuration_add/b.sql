CREATE TABLE t (b text);
CREATE TEXT SEARCH CONFIGURATION conf (COPY = english);
CREATE INDEX i ON t USING gin (to_tsvector('conf', b));
