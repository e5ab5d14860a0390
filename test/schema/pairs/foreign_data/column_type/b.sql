CREATE FOREIGN TABLE item (id int, done numeric(1,0)) SERVER far OPTIONS (a '2', b '1');
