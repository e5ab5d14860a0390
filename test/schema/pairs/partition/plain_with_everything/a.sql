CREATE TABLE w (id int PRIMARY KEY);
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.note := NEW.note || ' by trigger'; RETURN NEW; END$$;
CREATE FUNCTION start() RETURNS int LANGUAGE sql AS 'SELECT 7';
CREATE SEQUENCE n_seq;

CREATE TABLE t (
	id int GENERATED ALWAYS AS IDENTITY,
	n bigint NOT NULL DEFAULT nextval('n_seq'),
	day date NOT NULL DEFAULT '2024-01-01',
	note text CHECK (note <> ''),
	twice text GENERATED ALWAYS AS (note || note) STORED,
	start int DEFAULT start(),
	w int REFERENCES w,
	up int, up_day date,
	PRIMARY KEY (id, day),
	FOREIGN KEY (up, up_day) REFERENCES t
);
CREATE INDEX t_note ON t (note);
CREATE UNIQUE INDEX t_day_id ON t (day, id);
CREATE STATISTICS t_stat ON note, day FROM t;
COMMENT ON TABLE t IS 'of the table';
COMMENT ON COLUMN t.note IS 'of the column';
COMMENT ON INDEX t_note IS 'of the index';
COMMENT ON CONSTRAINT t_note_check ON t IS 'of the check';
COMMENT ON CONSTRAINT t_pkey ON t IS 'of the key';
COMMENT ON SEQUENCE t_id_seq IS 'of the identity';
ALTER TABLE t ALTER note SET STORAGE EXTERNAL, ALTER note SET STATISTICS 500;
ALTER SEQUENCE n_seq OWNED BY t.n;
CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION fill();
COMMENT ON TRIGGER fill ON t IS 'of the trigger';
ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON t USING (note <> 'hidden') WITH CHECK (start() > 0);
GRANT SELECT ON t TO pairs_reader;
GRANT UPDATE (note) ON t TO pairs_reader WITH GRANT OPTION;
GRANT USAGE ON SEQUENCE t_id_seq TO pairs_reader;
ALTER TABLE t OWNER TO pairs_owner;
CREATE TABLE u (t int, day date, c text, FOREIGN KEY (t, day) REFERENCES t ON DELETE CASCADE);
CREATE VIEW v AS SELECT id, note FROM t;
CREATE VIEW vv AS SELECT count(*) AS n FROM v;
CREATE MATERIALIZED VIEW m AS SELECT n FROM vv;
CREATE UNIQUE INDEX m_n ON m (n);
CREATE PUBLICATION p FOR TABLE t;
