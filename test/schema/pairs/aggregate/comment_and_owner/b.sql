CREATE AGGREGATE my_sum(int) (SFUNC = int4pl, STYPE = int);
COMMENT ON AGGREGATE my_sum(int) IS 'adds';
ALTER AGGREGATE my_sum(int) OWNER TO pairs_owner;
GRANT EXECUTE ON FUNCTION my_sum(int) TO pairs_reader;
