INSERT INTO t VALUES (1, 'sad', '2024-01-01 12:00', 'one', '1.5', 1), (2, 'happy', NULL, NULL, NULL, 2), (3, NULL, NULL, 'three', '3', 3);
