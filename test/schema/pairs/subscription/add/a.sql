CREATE TABLE keep ();
