#!/bin/sh
# "migrate.sh import" on projects that the real Flask-Migrate and the real Alembic
# have made: what is imported must do to an empty database what they do, rows
# included, and a database that they have upgraded must be at home.
set -u
# shellcheck source=test/shell/import/lib.sh
. "$(dirname "$0")/import/lib.sh"

packages=/usr/lib/python3/dist-packages
if ! bash -c '. "$1/scripts/machine.sh"; shift; need_programs "$@"' need "$PROJECT" \
  $packages/flask_migrate=python3-flask-migrate $packages/flask_sqlalchemy=python3-flask-sqlalchemy \
  $packages/alembic=python3-alembic $packages/psycopg2=python3-psycopg2 >"$SCRATCH/said" 2>&1; then
  sed 's/^/# /' "$SCRATCH/said"
  echo "SKIPPED: Flask-Migrate and Alembic are not here and cannot be installed"
  echo "1..0 # SKIP no Flask-Migrate"
  exit 77
fi
# Debian's programs, whatever else is first in PATH; but the psql of PG_CONFIG.
PATH=$("${PG_CONFIG:-pg_config}" --bindir):/usr/bin:$PATH
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
cd "$SCRATCH" || exit 1
# shellcheck disable=SC2317
migrate() { ${SHELL_UNDER_TEST:-sh} "$PROJECT/scripts/migrate.sh" "$@" </dev/null; }
url() { # url DATABASE
  printf 'postgresql://%s@/%s?host=%s&port=%s' "$PGUSER" "$1" "$PGHOST" "${PGPORT:-5432}"
}
# All of a database but the books: structure and rows.
all_of() { # all_of DATABASE
  pg_dump -d "$1" --no-owner --inserts -N migrate -T alembic_version | grep -vE '^(--|\\(un)?restrict|$)|EXTENSION .*migrate_ext'
}
same() { # same WHAT DATABASE DATABASE
  all_of "$2" >one && all_of "$3" >other
  RC=0
  diff one other >"$SCRATCH/said" || RC=1
  [ -s one ] || RC=1
  ok "$1"
}
in_project() { (cd "$SCRATCH/shop" && "$@"); }

# --- Flask-Migrate ----------------------------------------------------------------------

new_database import_flask
DATABASE_URL=$(url import_flask)
export DATABASE_URL
status_is 0 'a project made by flask db' "$HERE/import/flask_project.sh" shop
is "$(q 'SELECT version_num FROM alembic_version')" 8d5eb7f90214 '  which has upgraded its database'
export FLASK_APP=shop.py

# What must not be read: packages, also those of an environment of any name.
for place in venv/lib/python3/site-packages/x .venv/lib/x node_modules/x env_of_ours/lib/x; do
  mkdir -p "shop/$place/versions"
  printf "revision = 'bad'\ndown_revision = 'nowhere'\n" >"shop/$place/versions/bad.py"
  echo >"shop/$place/env.py"
  echo 'CREATE TABLE' >"shop/$place/V1__bad.sql"
done
echo >shop/env_of_ours/pyvenv.cfg

status_is 0 'import migrations, with nothing else said' in_project import migrations
says 'alembic: 8 revisions, 0 irreversible; wrote 8 files to ./revisions'
says 'name it with --dir or MIGRATIONS_DIR'
status_is 0 'import ., the same' in_project import .
says 'wrote 0 files to ./revisions, 8 are there already'
status_is 2 '  but not into its own directory' in_project import . --to migrations
mkdir elsewhere
status_is 0 '  from another directory' sh -c "cd elsewhere && sh '$PROJECT/scripts/migrate-import.sh' '$SCRATCH/shop/migrations' --to revisions"
RC=0; diff -r shop/revisions elsewhere/revisions >"$SCRATCH/said" || RC=1; ok '  the same files'
status_is 0 '  and without FLASK_APP' env -u FLASK_APP sh "$PROJECT/scripts/migrate-import.sh" shop --app shop --to without
RC=0; diff -r shop/revisions without >"$SCRATCH/said" || RC=1; ok '  the same files'
status_is 1 '  which must be said somewhere' env -u FLASK_APP sh "$PROJECT/scripts/migrate-import.sh" shop --to nothing
says 'flask db heads failed'
says '--app APP'

new_database import_new
DATABASE_URL=$(url import_new)
status_is 0 'apply on an empty database' migrate apply --dir shop/revisions
same 'structure and rows are those of flask db upgrade' import_flask import_new
is "$(q "SELECT title FROM article WHERE id = 2")" 'C:\temp\new' '  with backslashes'
is "$(q "SELECT title FROM article WHERE id = 1")" "50% off: it's 100%% (%)" '  and percent signs'
is "$(q "SELECT placed::timestamp, due, patience, extra FROM orders WHERE id = 1")" \
  '2024-02-29 12:30:00|2024-03-01|2 days 00:05:00|{"path": "a\\b", "rate": "5%"}' '  and dates'
status_is 0 'back to base' migrate downgrade base --online --dir shop/revisions
psql -Xqd postgres -c 'CREATE DATABASE import_base TEMPLATE import_flask'
DATABASES="$DATABASES import_base"
in_project env DATABASE_URL="$(url import_base)" flask db downgrade base >"$SCRATCH/said" 2>&1
same '  is what flask db downgrade base leaves' import_base import_new

psql -Xqd postgres -c 'CREATE DATABASE import_stamped TEMPLATE import_flask'
DATABASES="$DATABASES import_stamped"
DATABASE_URL=$(url import_stamped)
status_is 0 'the database that flask db has upgraded: --stamp' in_project import . --stamp
says 'alembic: at 8d5eb7f90214, as public.alembic_version says'
status_is 0 '  is up to date' migrate check --dir shop/revisions
same '  and as it was' import_flask import_stamped
is "$(PGDATABASE=import_stamped q "SELECT action, object_identity FROM migrate.drift('{public}')")" '' '  no drift'
in_project flask db revision --rev-id aa11bb22cc33 -m 'Later' >/dev/null 2>&1
status_is 0 'flask db goes on working beside it' in_project flask db upgrade
status_is 0 '  and is imported again' in_project import . --stamp
says 'wrote 1 files to ./revisions, 8 are there already'
says 'alembic: at aa11bb22cc33'
is "$(PGDATABASE=import_stamped q 'SELECT * FROM migrate.current()')" aa11bb22cc33 '  the database goes along'
(cd shop && rm migrations/versions/aa11bb22cc33_* revisions/aa11bb22cc33_*)

for at in 2c9b51e3f8a0 6b3c95d7e4f6 '6b3c95d7e4f6 7c4da6e8f305'; do
  new_database import_half
  DATABASE_URL=$(url import_half)
  for revision in $at; do in_project flask db upgrade "$revision" >"$SCRATCH/said" 2>&1; done
  status_is 0 "half way, at $at: apply alone stamps it and goes on" migrate apply --online --dir shop/revisions
  same '  to the same' import_flask import_half
done

echo '# what Alembic prints without help'
DATABASE_URL=$(url import_flask)
for side in upgrade:heads downgrade:8d5eb7f90214:base; do
  in_project flask db "${side%%:*}" "${side#*:}" --sql >"${side%%:*}.sql" 2>/dev/null
done
status_is 1 'every % is there twice: refused' in_project import . --to ../printed --upgrade-sql ../upgrade.sql
says 'every % is there twice'
says '--print-hook'
mkdir hook
import --print-hook >hook/sitecustomize.py
for side in upgrade:heads downgrade:8d5eb7f90214:base; do
  PYTHONPATH=$SCRATCH/hook in_project flask db "${side%%:*}" "${side#*:}" --sql >"${side%%:*}.sql" 2>/dev/null
done
status_is 0 'with the hook it is true' in_project import . --to ../printed --upgrade-sql ../upgrade.sql --downgrade-sql ../downgrade.sql
RC=0; diff -r shop/revisions printed -x prelude.sql >"$SCRATCH/said" || RC=1; ok '  the same files'
# shellcheck disable=SC2016
printf '#!/bin/sh\nunset PYTHONPATH\nexec flask db "$@"\n' >wrapper && chmod +x wrapper
mkdir -p simple_app/migrations/versions
sed '/^class/,$d' shop/shop.py >simple_app/shop.py
cp shop/migrations/*.* simple_app/migrations
cat >simple_app/migrations/versions/1.py <<'END'
from alembic import op
revision = '1'
down_revision = None
def upgrade():
    op.execute("CREATE TABLE p AS SELECT '5%'::text AS p")
def downgrade():
    op.execute("DROP TABLE p")
END
status_is 1 'a command on whose Python there is no hook' env ALEMBIC="$SCRATCH/wrapper" sh "$PROJECT/scripts/migrate-import.sh" simple_app --to simple
says 'every % is there twice'
status_is 0 '  and it is said what they are' env ALEMBIC="$SCRATCH/wrapper" sh "$PROJECT/scripts/migrate-import.sh" simple_app --to simple --percents doubled
is "$(sed -n '/^CREATE/p' simple/1.sql)" "CREATE TABLE p AS SELECT '5%'::text AS p;" '  halved'
DATABASE_URL='' status_is 1 'an application on another database' env -u DATABASE_URL sh "$PROJECT/scripts/migrate-import.sh" simple_app --to sqlite
says "the application's database is sqlite"

echo '# migrations that ask the database'
in_project flask db revision --rev-id 9e6fc80a1123 -m 'Asks' >/dev/null 2>&1
file=$(echo shop/migrations/versions/9e6fc80a1123_*.py)
sed '/^def upgrade/,$d' "$file" >new.py
cat >>new.py <<'END'
def upgrade():
    bind = op.get_bind()
    op.add_column('customer', sa.Column('nick', sa.Text))
    for row in bind.execute(sa.text("SELECT id, name FROM customer")):
        bind.execute(sa.text("UPDATE customer SET nick = :n WHERE id = :i"), {'n': row.name.lower(), 'i': row.id})


def downgrade():
    if sa.inspect(op.get_bind()).has_table('customer'):
        op.drop_column('customer', 'nick')
END
mv new.py "$file"
line=$(grep -n 'for row' "$file" | cut -d : -f 1)
status_is 1 'are named, all at once' in_project import . --to ../asks
says "$(basename "$file"):$line: its upgrade cannot be written as SQL: uses what the database answers"
says 'its downgrade cannot be written as SQL: '
says '2 problems in 1 file, nothing written'
status_is 0 '  or left to you' in_project import . --to ../asks --by-hand 9e6fc80a1123
says 'its upgrade fails until you have written its SQL'
new_database import_asks
DATABASE_URL=$(url import_asks)
status_is 1 '  and fail on a new database' migrate apply --dir asks
says 'revision 9e6fc80a1123 was Python that asks the database'
is "$(q "SELECT to_regclass('public.customer') IS NULL")" t '  which is as it was'
sed -i 's/^DO \$\$ BEGIN RAISE .*/ALTER TABLE customer ADD nick text; UPDATE customer SET nick = lower(name);/' asks/9e6fc80a1123_asks.sql
status_is 0 '  until their SQL is written' migrate apply --dir asks
is "$(q "SELECT nick FROM customer WHERE id = 1")" ann '  and done'
rm "$file"

echo '# what is no history of one database'
mkdir multi
(cd multi && cp ../shop/shop.py . && FLASK_APP=shop.py DATABASE_URL=$(url import_new) flask db init --multidb >/dev/null 2>&1)
printf "revision = '1'\ndown_revision = None\n" >multi/migrations/versions/1.py
status_is 1 'several databases' import multi --to multi_out
says 'a directory for several databases (--multidb)'

# --- Alembic ----------------------------------------------------------------------------------

echo '# alembic init'
new_database import_alembic
DATABASE_URL=$(url import_alembic)
mkdir -p bare/backend
(
  cd bare/backend || exit 1
  alembic init db_history
  url=$(printf %s "$DATABASE_URL" | sed 's/[&|\\]/\\&/g; s/%/%%/g')
  sed -i "s|^sqlalchemy.url = .*|sqlalchemy.url = $url|" alembic.ini
  alembic revision --rev-id b1 -m 'Notes'
  alembic revision --rev-id b2 -m 'Index'
  sed -i '/^def upgrade/,$d' db_history/versions/b1_notes.py db_history/versions/b2_index.py
  cat >>db_history/versions/b1_notes.py <<'END'
def upgrade():
    notes = op.create_table('notes', sa.Column('id', sa.Integer, primary_key=True), sa.Column('note', sa.Text))
    op.bulk_insert(notes, [{'id': 1, 'note': '5% of a\\b\tc'}])


def downgrade():
    op.drop_table('notes')
END
  cat >>db_history/versions/b2_index.py <<'END'
def upgrade():
    op.execute('COMMIT')
    op.create_index('notes_note', 'notes', ['note'], postgresql_concurrently=True)


def downgrade():
    op.drop_index('notes_note')
END
  alembic upgrade head
) >"$SCRATCH/made" 2>&1
is "$(q 'SELECT version_num FROM alembic_version')" b2 'a project made by alembic'
for from in bare/backend bare/backend/db_history bare; do
  status_is 0 "import $from" import $from --to "out_$(basename $from)"
  says 'alembic: 2 revisions, 0 irreversible'
done
RC=0; { diff -r out_backend out_db_history && diff -r out_backend out_bare; } >"$SCRATCH/said" || RC=1; ok '  the same files'
new_database import_new
DATABASE_URL=$(url import_new)
status_is 0 'apply on an empty database' migrate apply --dir out_backend
same '  is what alembic upgrade makes' import_alembic import_new

echo '# version_locations, and a type that is made unless it is there'
cp -r bare/backend located
(
  cd located || exit 1
  mkdir more moved
  mv db_history/versions/b1_notes.py more
  mv db_history/versions/b2_index.py moved
  sed -i 's|^version_path_separator = .*|version_path_separator = space|; s|^script_location.*|&\nversion_locations = %(here)s/more moved|' alembic.ini
  cat >moved/b3.py <<'END'
"""Kinds"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'b3'
down_revision = 'b2'
kind = postgresql.ENUM('a', 'b', name='kind', create_type=False)


def upgrade():
    kind.create(op.get_bind(), checkfirst=True)
    with op.batch_alter_table('notes', schema=None) as batch:
        batch.add_column(sa.Column('kind', kind))
    kind.create(op.get_bind(), checkfirst=True)


def downgrade():
    op.drop_column('notes', 'kind')
    kind.drop(op.get_bind(), checkfirst=True)
END
) >"$SCRATCH/made" 2>&1
status_is 0 'import located' import located --to out_located
says 'alembic: 3 revisions, 0 irreversible'
is "$(grep -c TYPE out_located/b3.sql)" 2 '  once on the way up, once on the way down'
new_database import_located
DATABASE_URL=$(url import_located)
(cd located && sed -i "s|^sqlalchemy.url = .*|sqlalchemy.url = $(printf %s "$DATABASE_URL" | sed 's/[&|\\]/\\&/g; s/%/%%/g')|" alembic.ini && alembic upgrade head) >"$SCRATCH/said" 2>&1
new_database import_new
DATABASE_URL=$(url import_new)
status_is 0 '  applied' migrate apply --dir out_located
same '  is what alembic upgrade makes' import_located import_new
status_is 0 '  and undone' migrate downgrade base --dir out_located
is "$(q "SELECT count(*) FROM pg_class WHERE relname = 'notes'")" 0 '  all of it'

mkdir -p bare/other && cp -r bare/backend/db_history bare/other
status_is 1 'two of them' import bare --to out_two
says 'several directories of Alembic are here'
no_alembic=$SCRATCH/programs
mkdir "$no_alembic"
for program in sh awk sed grep find sort tr cut cat cp mv rm mkdir mktemp dirname basename wc head tail cmp env; do
  ln -s "$(command -v $program)" "$no_alembic/$program"
done
PATH=$no_alembic status_is 1 'without Alembic' sh "$PROJECT/scripts/migrate-import.sh" bare/backend --to out_none
says 'there is no alembic here'
says 'alembic upgrade heads --sql'

# --- print_schema.py --------------------------------------------------------------------------

echo '# models'
cat >models.py <<'END'
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

print("models are read")
Base = declarative_base()
numbers = sa.Sequence('invoice_number', start=1000, metadata=Base.metadata)
kinds = sa.Enum('100%', "it's", name='kind', schema='Billing')


class Invoice(Base):
    __tablename__ = 'invoice'
    __table_args__ = (sa.CheckConstraint("note NOT LIKE '%\\%'", name='no_percent'), {'schema': 'Billing', 'comment': '5% of all'})
    id = sa.Column(sa.Integer, numbers, server_default=numbers.next_value(), primary_key=True)
    kind = sa.Column(kinds, nullable=False)
    note = sa.Column(sa.Text, server_default='C:\\temp', index=True)


class Line(Base):
    __tablename__ = 'line'
    id = sa.Column(sa.Integer, primary_key=True)
    invoice_id = sa.Column(sa.ForeignKey('Billing.invoice.id'))


sa.event.listen(Base.metadata, 'after_create', sa.DDL("CREATE VIEW lines AS SELECT id, 'a%%' AS rate FROM line"))


def base():
    return Base
END
status_is 0 'print_schema.py' sh -c "/usr/bin/python3 '$PROJECT/examples/sqlalchemy/print_schema.py' models:Base >schema.sql"
new_database import_model
status_is 0 '  prints what runs' psql -Xq -v ON_ERROR_STOP=1 -f schema.sql
new_database import_create_all
status_is 0 '  and create_all() itself' /usr/bin/python3 -c "
import models, sqlalchemy
engine = sqlalchemy.create_engine('$(url import_create_all)')
with engine.begin() as connection:
    connection.execute(sqlalchemy.text('CREATE SCHEMA \"Billing\"'))
    models.Base.metadata.create_all(connection)"
same '  makes the same' import_create_all import_model
status_is 0 '  of a function' sh -c "/usr/bin/python3 '$PROJECT/examples/sqlalchemy/print_schema.py' models models:base | cmp - schema.sql"
(cd shop && /usr/bin/python3 "$PROJECT/examples/sqlalchemy/print_schema.py" shop:db 2>/dev/null) >shop.sql
is "$(grep -c "'0%'\|'100% wool'" shop.sql)" 2 '  of Flask-SQLAlchemy'
status_is 1 '  without an argument it tells' /usr/bin/python3 "$PROJECT/examples/sqlalchemy/print_schema.py"
says 'MODULE:NAME'

done_testing
