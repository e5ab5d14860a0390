CREATE TABLE event (kind text NOT NULL, id int NOT NULL) PARTITION BY LIST (kind);
CREATE TABLE event_a PARTITION OF event FOR VALUES IN ('a');
CREATE UNIQUE INDEX event_kind_id ON ONLY event (kind, id);
CREATE UNIQUE INDEX event_a_key ON event_a (kind, id);
ALTER TABLE event_a ADD CONSTRAINT event_a_key PRIMARY KEY USING INDEX event_a_key;
ALTER INDEX event_kind_id ATTACH PARTITION event_a_key;
