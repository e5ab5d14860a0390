CREATE TABLE account (region text NOT NULL, id int NOT NULL, UNIQUE (region, id)) PARTITION BY LIST (region);
CREATE TABLE account_eu PARTITION OF account FOR VALUES IN ('eu');
CREATE INDEX account_id ON account (id);
CREATE TABLE bill (region text NOT NULL, account int) PARTITION BY LIST (region);
CREATE TABLE bill_eu PARTITION OF bill FOR VALUES IN ('eu');
ALTER TABLE bill ADD CONSTRAINT bill_account FOREIGN KEY (region, account) REFERENCES account (region, id);
