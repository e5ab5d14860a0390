CREATE TABLE dated (changed date);
CREATE TABLE noted (created date);
CREATE TABLE page (body text) INHERITS (noted);
