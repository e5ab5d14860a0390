#!/bin/sh
# Makes a project of Flask-Migrate: a shop, with what histories really have in
# them.  Nothing of Alembic's own is copied here: the directory is made by "flask
# db init", the first revision by "flask db migrate", the merge by "flask db merge",
# and the others are what "flask db revision" makes, with their bodies filled in.
#
#   flask_project.sh DIRECTORY
#
# DATABASE_URL names an empty database, which is at the head afterwards.
set -eu
mkdir -p "$1"
cd "$1"
export FLASK_APP=shop.py
unset FLASK_DEBUG

cat >shop.py <<'PYTHON'
import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects import postgresql

print("The shop is open.")  # as many applications do

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL", "sqlite:///shop.db")
db = SQLAlchemy(app)
migrate = Migrate(app, db)


class Customer(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), nullable=False)
    discount = db.Column(db.String(20), server_default="0%")


class Article(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    title = db.Column(db.Text, nullable=False)
    kind = db.Column(db.Enum("book", "100% wool", name="article_kind"), nullable=False)
PYTHON

flask db init >/dev/null
flask db migrate -m 'Customers and articles' --rev-id 1f6a40d2e9b7 >/dev/null

# What there is after this is written by hand, as people do.
body() { # body REVISION: its upgrade() and downgrade() on standard input
  file=$(echo migrations/versions/"$1"_*.py)
  sed '/^def upgrade/,$d' "$file" >"$file.new"
  cat >>"$file.new"
  mv "$file.new" "$file"
}
revision() { # revision ID PARENT MESSAGE
  flask db revision --rev-id "$1" --head "$2" --splice -m "$3" >/dev/null
  body "$1"
}

revision 2c9b51e3f8a0 1f6a40d2e9b7 'Data, with every character that is odd' <<'PYTHON'
article = sa.table('article', sa.column('id', sa.Integer), sa.column('title', sa.Text), sa.column('kind', sa.Text))


def upgrade():
    op.bulk_insert(article, [
        {'id': 1, 'title': '50% off: it\'s 100%%', 'kind': 'book'},
        {'id': 2, 'title': 'C:\\temp\\new', 'kind': '100% wool'},
        {'id': 3, 'title': 'a\ttab, and\na line', 'kind': 'book'},
    ])
    op.execute("UPDATE article SET title = title || ' (%)' WHERE title LIKE '50%'")
    op.execute(article.insert().values(id=4, title='at 12\\:30, :noon', kind='book'))


def downgrade():
    op.execute(article.delete().where(article.c.title.like('%')))
PYTHON

revision 3d0e62a4b7c9 2c9b51e3f8a0 'Orders, and rows with dates' <<'PYTHON'
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.dialects import postgresql


def upgrade():
    orders = op.create_table(
        'orders',
        sa.Column('id', sa.Integer, primary_key=True),
        sa.Column('customer_id', sa.Integer, sa.ForeignKey('customer.id')),
        sa.Column('placed', sa.DateTime(timezone=True)),
        sa.Column('due', sa.Date),
        sa.Column('patience', sa.Interval),
        sa.Column('total', sa.Numeric(10, 2), nullable=False),
        sa.Column('is_paid', sa.Boolean, server_default=sa.false(), nullable=False),
        sa.Column('tags', postgresql.ARRAY(sa.Text)),
        sa.Column('extra', postgresql.JSONB, comment='anything, 100% free'),
        sa.CheckConstraint("total % 1 = total - floor(total)", name='cents'),
    )
    op.bulk_insert(orders, [
        {'id': 1, 'placed': datetime(2024, 2, 29, 12, 30), 'due': date(2024, 3, 1), 'patience': timedelta(days=2, minutes=5),
         'total': Decimal('12.50'), 'is_paid': True, 'tags': ['a%', "it's"], 'extra': {'rate': '5%', 'path': 'a\\b'}},
        {'id': 2, 'placed': None, 'due': None, 'patience': None, 'total': Decimal('0'), 'is_paid': False, 'tags': [], 'extra': None},
    ])


def downgrade():
    op.drop_table('orders')
PYTHON

revision 4e1f73b5c6d8 3d0e62a4b7c9 'Data by the connection, with parameters' <<'PYTHON'
def upgrade():
    bind = op.get_bind()
    bind.execute(sa.text("UPDATE article SET title = :title WHERE id = :id"), {'title': "100% of 'it'", 'id': 3})
    bind.execute(sa.text("INSERT INTO customer (id, name) VALUES (:id, :name)"), [
        {'id': 1, 'name': 'Ann'}, {'id': 2, 'name': 'B\\b'},
    ])


def downgrade():
    op.get_bind().execute(sa.text("DELETE FROM customer WHERE id IN (1, 2)"))
PYTHON

revision 5a2b84c6d5e7 4e1f73b5c6d8 'Index the orders without a lock' <<'PYTHON'
def upgrade():
    with op.get_context().autocommit_block():
        op.create_index('orders_customer', 'orders', ['customer_id'], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index('orders_customer', 'orders', postgresql_concurrently=True)
PYTHON

revision 6b3c95d7e4f6 5a2b84c6d5e7 'One branch: notes' <<'PYTHON'
def upgrade():
    op.add_column('orders', sa.Column('note', sa.Text))


def downgrade():
    op.drop_column('orders', 'note')
PYTHON

revision 7c4da6e8f305 5a2b84c6d5e7 'The other: a view and a function' <<'PYTHON'
def upgrade():
    op.execute("""
        CREATE FUNCTION is_round(n numeric) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
            RETURN n % 10 = 0;
        END $$
    """)
    op.execute("CREATE VIEW due AS SELECT id, to_char(due, 'YYYY-MM-DD') AS due FROM orders WHERE NOT is_round(total)")


def downgrade():
    op.execute("DROP VIEW due")
    op.execute("DROP FUNCTION is_round(numeric)")
PYTHON

# The models as they are by now.
cat >>shop.py <<'PYTHON'


class Order(db.Model):
    __tablename__ = "orders"
    __table_args__ = (db.CheckConstraint("total % 1 = total - floor(total)", name="cents"),)
    id = db.Column(db.Integer, primary_key=True)
    customer_id = db.Column(db.ForeignKey("customer.id"))
    placed = db.Column(db.DateTime(timezone=True))
    due = db.Column(db.Date)
    patience = db.Column(db.Interval)
    total = db.Column(db.Numeric(10, 2), nullable=False)
    is_paid = db.Column(db.Boolean, server_default=db.false(), nullable=False)
    tags = db.Column(postgresql.ARRAY(db.Text))
    extra = db.Column(postgresql.JSONB, comment="anything, 100% free")
    note = db.Column(db.Text)


db.Index("orders_customer", Order.customer_id)
PYTHON

flask db merge --rev-id 8d5eb7f90214 -m 'Both branches' heads >/dev/null
flask db upgrade >/dev/null 2>upgrade.log || { cat upgrade.log >&2; exit 1; }
rm upgrade.log
