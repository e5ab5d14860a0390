CREATE TABLE rooms (id int, price int, valid daterange, note daterange, CONSTRAINT rooms_pk PRIMARY KEY (id, valid WITHOUT OVERLAPS));
CREATE TABLE bookings (id int, room int, stay daterange, CONSTRAINT bookings_pk PRIMARY KEY (id, stay WITHOUT OVERLAPS),
	CONSTRAINT bookings_room FOREIGN KEY (room, PERIOD stay) REFERENCES rooms (id, PERIOD valid));
CREATE TABLE notes (booking int, at daterange, CONSTRAINT notes_once UNIQUE (booking, at WITHOUT OVERLAPS) DEFERRABLE);
