CREATE SUBSCRIPTION s CONNECTION 'dbname=other' PUBLICATION p, q WITH (connect = false, slot_name = NONE, binary = true);
