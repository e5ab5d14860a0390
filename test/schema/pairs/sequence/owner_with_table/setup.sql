CREATE ROLE pairs_owner;
