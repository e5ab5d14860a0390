CREATE ROLE pairs_owner;
CREATE ROLE pairs_reader;
GRANT CREATE ON SCHEMA public TO pairs_owner;
