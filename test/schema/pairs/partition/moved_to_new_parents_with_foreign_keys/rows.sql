INSERT INTO account VALUES ('eu', 1);
INSERT INTO bill VALUES ('eu', 1);
