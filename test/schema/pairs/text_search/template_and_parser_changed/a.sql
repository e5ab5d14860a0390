CREATE SCHEMA x;
CREATE TEXT SEARCH TEMPLATE x.tp (LEXIZE = dsimple_lexize, INIT = dsimple_init);
CREATE TEXT SEARCH DICTIONARY x.d (TEMPLATE = x.tp, stopwords = english, accept = false);
CREATE TEXT SEARCH PARSER x.p (START = prsd_start, GETTOKEN = prsd_nexttoken, "end" = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH CONFIGURATION x.c (PARSER = x.p);
ALTER TEXT SEARCH CONFIGURATION x.c ADD MAPPING FOR asciiword, word WITH x.d, simple;
CREATE TABLE x.t (a text, v tsvector GENERATED ALWAYS AS (to_tsvector('x.c'::regconfig, a)) STORED);
CREATE INDEX i ON x.t USING gin (to_tsvector('x.c'::regconfig, a));
