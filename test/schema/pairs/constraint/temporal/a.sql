CREATE TABLE rooms (id int, price int, valid daterange, note daterange, CONSTRAINT rooms_pk PRIMARY KEY (id, valid));
CREATE TABLE bookings (id int, room int, stay daterange, CONSTRAINT bookings_pk PRIMARY KEY (id, stay WITHOUT OVERLAPS),
	CONSTRAINT bookings_once UNIQUE (room, stay WITHOUT OVERLAPS));
CREATE TABLE notes (booking int, at daterange, CONSTRAINT notes_booking FOREIGN KEY (booking, PERIOD at) REFERENCES bookings (id, PERIOD stay));
