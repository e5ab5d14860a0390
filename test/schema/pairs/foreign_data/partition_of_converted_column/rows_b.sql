INSERT INTO p VALUES (2, '12', '1', '(u,5)'), (3, '13', '2', '(u,6)');
