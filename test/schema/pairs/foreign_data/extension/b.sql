CREATE EXTENSION postgres_fdw;
CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'localhost', dbname 'x');
CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (user 'u', password 'p');
CREATE FOREIGN TABLE ft (a int OPTIONS (column_name 'b')) SERVER s OPTIONS (table_name 'u');
