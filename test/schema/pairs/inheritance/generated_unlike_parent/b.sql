CREATE TABLE other (i int);
CREATE TABLE parent (a int, b int);
CREATE TABLE child (a int, b int GENERATED ALWAYS AS (a * 2) STORED) INHERITS (parent);
