INSERT INTO t VALUES (1, 'sad', '2024-01-01', 'one', 1.5, 'm', 2), (2, 'happy', NULL, NULL, NULL, 'm', 3), (3, NULL, NULL, 'three', 3, 'm', 3);
