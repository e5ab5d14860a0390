CREATE TABLE down (id int NOT NULL, note text);
CREATE TABLE small (id int NOT NULL, note text);
CREATE TABLE up (id int NOT NULL, note text);
