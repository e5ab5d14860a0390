CREATE TABLE made (id int);
GRANT ALL ON made TO PUBLIC;
CREATE TABLE closed (id int);
