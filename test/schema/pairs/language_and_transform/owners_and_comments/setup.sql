CREATE ROLE kinds_owner;
