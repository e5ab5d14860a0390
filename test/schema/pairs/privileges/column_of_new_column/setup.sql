CREATE ROLE pairs_owner;
CREATE ROLE pairs_reader;
CREATE ROLE pairs_writer;
