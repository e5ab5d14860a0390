SET allow_in_place_tablespaces = on;
CREATE TABLESPACE pairs_space LOCATION '';
