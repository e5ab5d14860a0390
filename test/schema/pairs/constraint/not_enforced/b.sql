CREATE TABLE customers (id int PRIMARY KEY, name text);
CREATE TABLE orders (
	id int PRIMARY KEY,
	customer int CONSTRAINT orders_customer REFERENCES customers,
	referrer int CONSTRAINT orders_referrer REFERENCES customers NOT ENFORCED,
	seller int CONSTRAINT orders_seller REFERENCES customers DEFERRABLE NOT ENFORCED,
	amount int CONSTRAINT amount_positive CHECK (amount > 0),
	discount int CONSTRAINT discount_positive CHECK (discount > 0) NOT ENFORCED,
	rebate int CONSTRAINT rebate_positive CHECK (rebate > 0) NOT ENFORCED
);
CREATE TABLE returns (id int CONSTRAINT returns_id REFERENCES orders NOT ENFORCED, CONSTRAINT positive CHECK (id > 0) NOT ENFORCED);
