CREATE TABLE dated (created date);
CREATE TABLE noted (created date);
CREATE TABLE page (body text) INHERITS (dated);
