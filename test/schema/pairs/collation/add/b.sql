CREATE TABLE keep ();
CREATE COLLATION de (PROVIDER = icu, LOCALE = 'de-u-co-phonebk');
CREATE TABLE t (a text COLLATE de);
