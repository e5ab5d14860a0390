CREATE TABLE customer (region text NOT NULL, id int NOT NULL, UNIQUE (region, id)) PARTITION BY LIST (region);
CREATE TABLE account_eu PARTITION OF customer FOR VALUES IN ('eu');
CREATE INDEX customer_id ON customer (id);
CREATE TABLE invoice (region text NOT NULL, account int) PARTITION BY LIST (region);
CREATE TABLE bill_eu PARTITION OF invoice FOR VALUES IN ('eu');
ALTER TABLE invoice ADD CONSTRAINT bill_account FOREIGN KEY (region, account) REFERENCES customer (region, id);
