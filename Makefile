# migrate_ext: build, install and test.
#
#   make quickstart     prepare the machine, build, and run the example project
#                       on a private server, which goes on running
#   make check          prepare the machine, build, and run every test against a
#                       private server; ONLY="regress tap" runs some parts
#   make pairs          all the pairs of schemas, of which make check runs every third
#   make matrix         the tests on PostgreSQL 13, 15, 17, 18, 19
#   make check-cassert  the tests on 15 and 18 built with assertions;
#                       check-asan, check-valgrind: on 15 with those
#   make fuzz           random calls on 15 built with assertions; SECONDS=60
#   make coverage       the share of the lines of each C file that the tests run
#   make lint           look for faults in the sources: the compilers' warnings,
#                       clang-tidy, cppcheck, scan-build, shellcheck, and our own
#   make format         write the C sources in PostgreSQL's style, with pg_bsd_indent
#   make scripts        put migrate.sh and migrate-import.sh together from their parts
#   make dist, make deb   the archive for PGXN and Debian's packages, tried out
#   make image-check    the images of examples/deploy, built and used without Docker
#   make freeze         at a release: keep this version's install script as it is
#   make bench          prepare the machine, build, and measure; BENCH_OPTIONS="--help"
#   make, make install, make installcheck   as for any PGXS extension
#
# docs/testing.md says more of what tests.  "Prepare" is for Debian and Ubuntu: as root it installs by apt what is missing.

EXTENSION  = migrate_ext
EXTVERSION := $(shell sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" migrate_ext.control)

MODULE_big = migrate_ext
OBJS = \
	src/migrate_ext.o \
	src/settings.o \
	src/patterns.o \
	src/race.o \
	src/graph/graph.o \
	src/graph/names.o \
	src/graph/lineage.o \
	src/graph/version.o \
	src/graph/target.o \
	src/graph/walk.o \
	src/graph/reach.o \
	src/graph/order.o \
	src/graph/history.o \
	src/graph/plan.o \
	src/graph/print.o \
	src/graph/draw.o \
	src/graph/fold.o \
	src/script/file.o \
	src/script/header_values.o \
	src/script/directory.o \
	src/script/parse.o \
	src/script/secrets.o \
	src/script/statements.o \
	src/script/difference.o \
	src/store/extension.o \
	src/store/spi.o \
	src/store/table.o \
	src/store/load.o \
	src/store/write.o \
	src/store/journal.o \
	src/store/answers.o \
	src/store/approvals.o \
	src/store/calls.o \
	src/store/stored_rules.o \
	src/store/citus.o \
	src/store/runs.o \
	src/exec/new_enum_values.o \
	src/exec/execute.o \
	src/exec/questions.o \
	src/review/demands.o \
	src/review/facts_script.o \
	src/review/preflight.o \
	src/review/pending.o \
	src/review/rules.o \
	src/review/rule_list.o \
	src/review/column_rules.o \
	src/review/review.o \
	src/review/table_facts.o \
	src/review/workload.o \
	src/review/analyse.o \
	src/review/approval.o \
	src/review/contract.o \
	src/review/analyse_calls.o \
	src/review/analyse_locks.o \
	src/review/analyse_rows.o \
	src/review/routines.o \
	src/review/routine_plpgsql.o \
	src/review/impact.o \
	src/functions/reviewfuncs.o \
	src/functions/impactfuncs.o \
	src/report/escape.o \
	src/report/touched.o \
	src/report/trial.o \
	src/report/picture.o \
	src/report/collect.o \
	src/report/markdown.o \
	src/report/json_report.o \
	src/report/sarif.o \
	src/report/html.o \
	src/report/html_graph.o \
	src/report/html_tables.o \
	src/functions/reportfuncs.o \
	src/exec/progress.o \
	src/exec/as_owner.o \
	src/exec/transaction.o \
	src/exec/undone.o \
	src/kinds/kind.o \
	src/kinds/objects.o \
	src/kinds/asked.o \
	src/kinds/kind_schema.o \
	src/kinds/kind_base_type.o \
	src/kinds/kind_type.o \
	src/kinds/kind_enum.o \
	src/kinds/kind_domain.o \
	src/kinds/kind_sequence.o \
	src/kinds/kind_table.o \
	src/kinds/kind_column.o \
	src/kinds/kind_default.o \
	src/kinds/column_identity.o \
	src/kinds/column_inheritance.o \
	src/kinds/column_type.o \
	src/kinds/column_rows.o \
	src/kinds/row_values.o \
	src/kinds/not_null.o \
	src/kinds/kind_constraint.o \
	src/kinds/kind_index.o \
	src/kinds/kind_routine.o \
	src/kinds/kind_aggregate.o \
	src/kinds/kind_operator.o \
	src/kinds/kind_language.o \
	src/kinds/kind_text_search.o \
	src/kinds/kind_view.o \
	src/kinds/kind_trigger.o \
	src/kinds/kind_statistics.o \
	src/kinds/kind_collation.o \
	src/kinds/kind_event_trigger.o \
	src/kinds/kind_foreign.o \
	src/kinds/kind_publication.o \
	src/kinds/kind_default_acl.o \
	src/kinds/common.o \
	src/kinds/acl.o \
	src/kinds/nesting.o \
	src/snapshot/snapshot.o \
	src/snapshot/loader.o \
	src/snapshot/outside.o \
	src/snapshot/unmodelled.o \
	src/snapshot/complete.o \
	src/snapshot/queries.o \
	src/snapshot/fingerprint.o \
	src/snapshot/ignored.o \
	src/snapshot/extension_rules.o \
	src/snapshot/of_extensions.o \
	src/snapshot/shipped_rules.o \
	src/snapshot/users_rules.o \
	src/shadow/changed.o \
	src/snapshot/prints.o \
	src/diff/fate.o \
	src/diff/bodies.o \
	src/diff/enum_values.o \
	src/diff/sort.o \
	src/diff/edges.o \
	src/diff/link_edges.o \
	src/diff/move_edges.o \
	src/diff/circles.o \
	src/snapshot/dependents.o \
	src/diff/diff.o \
	src/diff/rename_guesses.o \
	src/diff/hazard.o \
	src/diff/run_tables.o \
	src/diff/left_triggers.o \
	src/snapshot/row_rule.o \
	src/snapshot/rows_in_way.o \
	src/kinds/moved_rows.o \
	src/kinds/meaning.o \
	src/kinds/shape.o \
	src/shadow/shadow.o \
	src/shadow/hidden_catalogs.o \
	src/shadow/shown_names.o \
	src/shadow/stand_in.o \
	src/shadow/stand_in_rows.o \
	src/shadow/lock_wait.o \
	src/shadow/lock_check.o \
	src/shadow/books.o \
	src/shadow/book_sequences.o \
	src/shadow/elsewhere.o \
	src/shadow/hide.o \
	src/shadow/invalid_indexes.o \
	src/shadow/guard.o \
	src/shadow/live.o \
	src/shadow/live_calls.o \
	src/shadow/outlives.o \
	src/shadow/frozen.o \
	src/shadow/callers_own.o \
	src/shadow/temporary.o \
	src/shadow/whose.o \
	src/shadow/members.o \
	src/shadow/mute.o \
	src/shadow/commits.o \
	src/shadow/shadow_execute.o \
	src/shadow/shadow_schemas.o \
	src/shadow/shadow_roles.o \
	src/shadow/unmanaged.o \
	src/shadow/made.o \
	src/run/lock.o \
	src/run/atomic.o \
	src/run/deploy.o \
	src/run/autocommit.o \
	src/run/retry.o \
	src/run/replicated.o \
	src/run/patience.o \
	src/run/wishes.o \
	src/run/blockers.o \
	src/run/leftover_index.o \
	src/run/observe.o \
	src/run/dry_run.o \
	src/run/offline.o \
	src/run/offline_statements.o \
	src/run/offline_target.o \
	src/author/model.o \
	src/author/written_triggers.o \
	src/author/write_revision.o \
	src/author/load_files.o \
	src/author/file_status.o \
	src/author/squash.o \
	src/author/write_chain.o \
	src/author/report.o \
	src/author/baseline.o \
	src/author/drift.o \
	src/author/record.o \
	src/author/autogenerate.o \
	src/author/online_chain.o \
	src/author/rename_hints.o \
	src/author/renames.o \
	src/author/replay.o \
	src/author/rehearse.o \
	src/author/sample.o \
	src/author/row_prints.o \
	src/author/prelude.o \
	src/functions/result.o \
	src/functions/readfuncs.o \
	src/functions/showfuncs.o \
	src/functions/filefuncs.o \
	src/functions/writefuncs.o \
	src/functions/runfuncs.o \
	src/functions/approvalfuncs.o \
	src/functions/deployfuncs.o \
	src/functions/dryrunfuncs.o \
	src/functions/schemafuncs.o \
	src/functions/replayfuncs.o

PG_CPPFLAGS = -I$(srcdir)/src -DMIGRATE_EXT_VERSION='"$(EXTVERSION)"'
PG_CFLAGS   = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -fvisibility=hidden

# The install script is its parts, in the order of their names.
SQL_PARTS  = $(sort $(wildcard sql/install/*.sql))
BUILT_SQL  = sql/migrate_ext--$(EXTVERSION).sql
DATA_built = $(BUILT_SQL)

# Versions that have been released stay as they were, and are installed as well:
# "make freeze" writes one down, an update script leads on from it.
FROZEN_SQL = sql/frozen/migrate_ext--$(EXTVERSION).sql
DATA       = $(filter-out $(FROZEN_SQL), $(wildcard sql/frozen/*.sql)) $(wildcard sql/update/*.sql)

# Beside psql.  Made of parts, too, but in git as they are: who copies one needs no make.
MADE_SCRIPTS = scripts/migrate.sh scripts/migrate-import.sh
SCRIPTS = $(MADE_SCRIPTS) scripts/entrypoint.sh

# Where the scripts are found: Debian's and Red Hat's psql is in a directory that is in nobody's PATH, so
# links lead there.  "make install scriptdir=" makes none.
scriptdir ?= /usr/local/bin

# One test a line of sql/, test/isolation/specs; test/run.sh complains of any
# that is not listed.
REGRESS = \
	install \
	settings \
	strings \
	shadow \
	hidden_catalogs \
	rights \
	stand_in \
	stand_in_rows \
	left_behind \
	temporary \
	live_rows \
	hostile_names \
	times \
	diff \
	managed \
	ignored \
	hazards \
	expressions \
	autogenerate \
	autogenerate_enum \
	dependents \
	moved_rows \
	renames \
	autogenerate_online \
	odd_catalogs \
	newer \
	secrets \
	own_transaction \
	questions \
	preflight \
	review \
	trial \
	review_peers \
	approve \
	facts \
	rehearse \
	half_done \
	report \
	impact \
	catalog_columns \
	replay \
	books \
	books_sequences \
	engines \
	extension_triggers \
	histories \
	prelude \
	revision \
	load \
	statements \
	upgrade \
	enum \
	dry_run \
	two_models \
	offline \
	online \
	transaction_modes \
	graph \
	graph_crossing \
	graph_large \
	files \
	record \
	errors \
	owners \
	privileges \
	search_path \
	uninstall

ISOLATION = dry_run shadow internal_error question live_locks impact_locks verify_and_remove two_upgrades upgrade_and_writing repeatable_read nothing_to_do \
	deploy_concurrently deploy_and_upgrade deploy_gives_way deploy_fails deploy_reindex \
	patience_orders approve facts_locks
ISOLATION_OPTS = --inputdir=test/isolation --outputdir=output_iso --load-extension=migrate_ext

EXTRA_CLEAN = output_iso tmp_check src/run/offline_books.inc src/report/report_css.inc

PG_CONFIG ?= pg_config
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))

# The goals that prepare the machine themselves: there may be no PostgreSQL yet.
OWN_GOALS = quickstart check pairs matrix check-cassert check-asan check-valgrind fuzz coverage lint format \
	dist deb image-check bench scripts
GOALS    := $(or $(MAKECMDGOALS),all)

ifneq ($(filter-out $(OWN_GOALS),$(GOALS)),)
ifneq ($(PGXS),)

# Bitcode for just-in-time compilation needs clang, which a server that can use
# it may well have been installed without.
PGXS_CLANG := $(shell sed -n 's/^CLANG *= *//p' '$(dir $(PGXS))../Makefile.global')
ifeq ($(shell command -v '$(PGXS_CLANG)'),)
override with_llvm = no
endif

include $(PGXS)

$(BUILT_SQL): $(SQL_PARTS)
	cat $^ > $@

all: $(MADE_SCRIPTS)

.PHONY: freeze
freeze: $(BUILT_SQL)
	@if [ ! -f $(FROZEN_SQL) ]; then mkdir -p $(dir $(FROZEN_SQL)) && cp $< $(FROZEN_SQL); fi
	@cmp -s $< $(FROZEN_SQL) || { echo 'version $(EXTVERSION) is frozen, and sql/install makes another script:' \
		'raise default_version in migrate_ext.control and write the update in sql/update' >&2; exit 1; }

# The tables as a text of C, for scripts that make them where the extension is not.
BOOKS = src/run/offline_books.inc
$(BOOKS): sql/install/10_tables.sql
	sed -n -e 's/[\\"]/\\&/g' -e '/^CREATE TABLE/,/;$$/bp' -e '/^CREATE INDEX/bp' -e d -e ':p' -e 's/.*/"&\\n"/p' $< > $@
src/run/offline_target.o src/run/offline_target.bc: $(BOOKS)

# The style of a report as a text of C.
CSS = src/report/report_css.inc
$(CSS): src/report/report.css
	sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $< > $@
src/report/html.o src/report/html.bc: $(CSS)

$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h src/*/*.h)

# PGXS installs scripts by their names, and looks for them by their paths when it uninstalls.
uninstall: uninstall-scripts
.PHONY: uninstall-scripts
uninstall-scripts:
	rm -f $(addprefix '$(DESTDIR)$(bindir)'/, $(notdir $(SCRIPTS)))

ifneq ($(scriptdir),)
ifneq ($(filter /usr/lib/% /usr/pgsql-%, $(bindir)),)
LINKS = $(addprefix $(DESTDIR)$(scriptdir)/, $(notdir $(SCRIPTS)))
install: install-links
uninstall: uninstall-links
.PHONY: install-links uninstall-links
# What somebody has put there himself is left alone, and so is a directory of somebody else.
install-links:
	@$(MKDIR_P) '$(DESTDIR)$(scriptdir)' 2>/dev/null && [ -w '$(DESTDIR)$(scriptdir)' ] || \
		{ echo 'No links in $(DESTDIR)$(scriptdir), which is not yours: the scripts are in $(bindir)'; exit 0; }; \
	for link in $(LINKS); do if [ -L "$$link" ] || [ ! -e "$$link" ]; then ln -sf "$(bindir)/$${link##*/}" "$$link"; fi; done
uninstall-links:
	@for link in $(LINKS); do if [ "$$(readlink "$$link")" = "$(bindir)/$${link##*/}" ]; then rm -f "$$link"; fi; done
endif
endif

# Bitcode of an earlier build would be preferred to the code installed now.
ifneq ($(with_llvm),yes)
install: uninstall-bitcode
.PHONY: uninstall-bitcode
uninstall-bitcode:
	rm -rf '$(DESTDIR)$(pkglibdir)/bitcode/$(MODULE_big)' '$(DESTDIR)$(pkglibdir)/bitcode/$(MODULE_big).index.bc'
endif

else
$(filter-out $(OWN_GOALS),$(GOALS)):
	@echo 'No PostgreSQL server headers: $(PG_CONFIG) was not found, or knows no PGXS.' >&2
	@echo 'Install postgresql-server-dev-NN, or name the right one: make PG_CONFIG=/path/to/pg_config.' >&2
	@echo '"make quickstart", as root, installs what is missing on Debian and Ubuntu.' >&2
	@exit 1
endif
endif

ifneq ($(filter $(OWN_GOALS),$(GOALS)),)
.PHONY: $(OWN_GOALS)
export PG_CONFIG MAKE
# The make inside gets what this one was told (COPT=-Werror, CC=...), and only that.
TOLD = MAKEFLAGS='$(if $(MAKEOVERRIDES),-- $(MAKEOVERRIDES))'

quickstart:
	@$(TOLD) scripts/quickstart.sh

check:
	@$(TOLD) REGRESS='$(strip $(REGRESS))' ISOLATION='$(strip $(ISOLATION))' ONLY='$(ONLY)' test/run.sh

pairs:
	@$(TOLD) ONLY=schema PAIRS_EVERY=1 test/run.sh

matrix:
	@test/versions/run.sh matrix

check-cassert:
	@test/versions/run.sh cassert cassert18

check-asan check-valgrind:
	@test/versions/run.sh $(@:check-%=%)

fuzz:
	@FUZZ_SECONDS=$(or $(SECONDS),60) test/versions/run.sh cassert -- fuzz

dist deb:
	@packaging/$@.sh

image-check:
	@packaging/image.sh

coverage:
	@test/coverage.sh

lint:
	@test/lint/run.sh --all

format:
	@test/format.sh

bench:
	@$(TOLD) test/bench/run.sh $(BENCH_OPTIONS)
endif

# Without PostgreSQL, too.
scripts: $(MADE_SCRIPTS)
scripts/migrate.sh: $(wildcard scripts/migrate/* scripts/export/* scripts/import/*.awk) scripts/assemble.sh
	scripts/assemble.sh migrate > $@.part && chmod +x $@.part && mv $@.part $@
scripts/migrate-import.sh: $(wildcard scripts/import/*) scripts/assemble.sh
	scripts/assemble.sh import > $@.part && chmod +x $@.part && mv $@.part $@

# Tests never meet a database of the person who runs them.
unexport PGSERVICE
