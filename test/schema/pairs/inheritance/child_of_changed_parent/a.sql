CREATE TABLE dated (id text, created date);
