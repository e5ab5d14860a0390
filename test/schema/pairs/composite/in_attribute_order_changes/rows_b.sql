INSERT INTO u VALUES (1, '(1,"(a,1)")');
