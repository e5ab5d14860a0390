INSERT INTO p VALUES (2, '12', '1', '(5)'), (3, '13', '2', '(6)');
