CREATE TABLE parent (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 2) STORED);
CREATE TABLE child (own int) INHERITS (parent);
CREATE TABLE grandchild () INHERITS (child);
