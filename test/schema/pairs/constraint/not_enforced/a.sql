CREATE TABLE customers (id int PRIMARY KEY, name text);
CREATE TABLE orders (
	id int PRIMARY KEY,
	customer int CONSTRAINT orders_customer REFERENCES customers NOT ENFORCED,
	referrer int CONSTRAINT orders_referrer REFERENCES customers,
	seller int CONSTRAINT orders_seller REFERENCES customers NOT ENFORCED,
	amount int CONSTRAINT amount_positive CHECK (amount > 0) NOT ENFORCED,
	discount int CONSTRAINT discount_positive CHECK (discount > 0)
);
