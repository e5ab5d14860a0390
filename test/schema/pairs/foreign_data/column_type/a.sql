CREATE FOREIGN TABLE item (id int, done boolean) SERVER far OPTIONS (b '1', a '2');
