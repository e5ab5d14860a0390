CREATE TABLE account (id int NOT NULL, scope int NOT NULL, CONSTRAINT account_scope_and_id UNIQUE (scope, id));
CREATE TABLE token (scope int, account int, CONSTRAINT token_account FOREIGN KEY (scope, account) REFERENCES account (scope, id));
CREATE TABLE legacy (scope int, account int, CONSTRAINT legacy_account FOREIGN KEY (scope, account) REFERENCES account (scope, id));
CREATE VIEW everything AS SELECT token.scope, legacy.account FROM token, legacy;
