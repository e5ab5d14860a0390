CREATE TABLE dated (created date, changed date);
CREATE TABLE page (body text) INHERITS (dated);
CREATE TABLE note (body text) INHERITS (dated);
