INSERT INTO customer VALUES ('eu', 1);
INSERT INTO invoice VALUES ('eu', 1);
