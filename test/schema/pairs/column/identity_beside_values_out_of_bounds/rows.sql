INSERT INTO down VALUES (5, 'five');
INSERT INTO small VALUES (5, 'five');
INSERT INTO up VALUES (5, 'five');
