CREATE TABLE account (id int NOT NULL, scope int NOT NULL, CONSTRAINT account_key UNIQUE (scope, id));
CREATE TABLE token (scope int, account int, CONSTRAINT token_account FOREIGN KEY (scope, account) REFERENCES account (scope, id));
CREATE VIEW everything AS SELECT token.scope, account.id AS account FROM token, account;
