CREATE FOREIGN TABLE f (id int CONSTRAINT f_there NOT NULL, n int CONSTRAINT n_positive CHECK (n > 0)) SERVER away;
