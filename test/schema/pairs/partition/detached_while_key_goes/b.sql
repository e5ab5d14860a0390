CREATE TABLE reading (at date NOT NULL, value int) PARTITION BY RANGE (at);
CREATE TABLE reading_old (at date NOT NULL, value int);
