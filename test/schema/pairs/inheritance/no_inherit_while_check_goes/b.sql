CREATE TABLE dated (created date);
CREATE TABLE page (created date, body text);
