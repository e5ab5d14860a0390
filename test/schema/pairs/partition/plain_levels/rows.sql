INSERT INTO t SELECT i, date '2024-12-25' + i, 'k' || i FROM generate_series(1, 20) AS i;
