#!/bin/sh
# The deployment examples, as far as a machine without Docker can run them: their
# YAML is read, and the commands, arguments and environments that stand there are
# run against a database; of the Dockerfile, its COPY and RUN make lines.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

DEPLOY=$PROJECT/examples/deploy
perl -MCPAN::Meta::YAML -e 1 2>/dev/null || {
  echo "SKIPPED: this Perl has no CPAN::Meta::YAML"
  exit 77
}

# Prints a value of a YAML file, one line for each item if it is a list:
# yaml FILE DOCUMENT KEY...
yaml() {
  perl -MCPAN::Meta::YAML -e '
    my ($file, $document, @keys) = @ARGV;
    my $yaml = CPAN::Meta::YAML->read($file) or die;
    my $value = $yaml->[$document];
    for (@keys) { $value = ref $value eq "ARRAY" ? $value->[$_] : $value->{$_}; }
    defined $value or die "no @keys in $file";
    print "$_\n" for ref $value eq "ARRAY" ? @$value : ref $value eq "HASH" ? sort keys %$value : $value;' "$@"
}

# The image: what the Dockerfile copies, in a directory of its own.
mkdir "$SCRATCH/image" "$SCRATCH/image/bin" "$SCRATCH/image/app"
sed -n 's,^COPY \(.*\) /usr/local/bin/$,\1,p' "$DEPLOY/Dockerfile" | tr ' ' '\n' >"$SCRATCH/copied"
copied=0
while read -r file; do cp "$PROJECT/$file" "$SCRATCH/image/bin" || copied=1; done <"$SCRATCH/copied"
result $copied "Dockerfile: the scripts are where it takes them from"
from=$(sed -n 's,^COPY \(.*\) /app/migrations$,\1,p' "$DEPLOY/Dockerfile")
cp -r "$PROJECT/$from" "$SCRATCH/image/app/migrations"
result $? "Dockerfile: and the migrations"
PATH=$SCRATCH/image/bin:$PATH
# shellcheck disable=SC2317 # runs() calls it
in_image() { # in_image NAME=VALUE... COMMAND...: with the paths of the image
  (cd "$SCRATCH/image/app" && env -i PATH="$PATH" "$@" </dev/null)
}
here() { # the URL of an example, for the database of this test
  printf 'postgresql://%s@/%s?host=%s&port=%s\n' "$PGUSER" "$PGDATABASE" "$PGHOST" "$PGPORT"
}
is "$(sed -n 's/^ENTRYPOINT \["\(.*\)"\]$/\1/p' "$DEPLOY/Dockerfile")" entrypoint.sh "Dockerfile: the entry point"
grep -qx 'RUN make -C /src with_llvm=no install DESTDIR=/out' "$DEPLOY/Dockerfile"
result $? "Dockerfile: it installs as"
runs 0 "  this does" "${MAKE:-make}" -n -C "$PROJECT" PG_CONFIG="${PG_CONFIG:-pg_config}" with_llvm=no install DESTDIR="$SCRATCH/out"
says "$SCRATCH/out$("${PG_CONFIG:-pg_config}" --bindir)"


echo "# CloudNativePG"
is "$(yaml "$DEPLOY/cloudnativepg.yaml" 0 spec postgresql extensions 0 image reference)" \
  "$(sed -n 's/^#   docker build .* -t \([^ ]*\) .*/\1/p' "$DEPLOY/cloudnativepg.Dockerfile")" "the cluster has the image that the Dockerfile makes"
is "$(yaml "$DEPLOY/cloudnativepg.yaml" 1 spec extensions 0 name)" migrate_ext "the database has the extension"
# of its RUN lines the one that lays out the image, where make has installed what is installed here
major=$(psql -XAtqd postgres -c "SELECT current_setting('server_version_num')::int / 10000")
mkdir -p "$SCRATCH/out/usr/lib/postgresql/$major/lib" "$SCRATCH/out/usr/share/postgresql/$major/extension" "$SCRATCH/cnpg"
cp "$("${PG_CONFIG:-pg_config}" --pkglibdir)/migrate_ext.so" "$SCRATCH/out/usr/lib/postgresql/$major/lib/"
cp "$("${PG_CONFIG:-pg_config}" --sharedir)"/extension/migrate_ext* "$SCRATCH/out/usr/share/postgresql/$major/extension/"
runs 0 "its image is laid out" sh -e -c "cd '$SCRATCH' && PG_MAJOR=$major && $(sed -n '/^ && mkdir -p .image/,/^$/p' "$DEPLOY/cloudnativepg.Dockerfile" |
  sed -e '1s/^ && //' -e 's,/image/,cnpg/,g' -e 's,/out/,out/,g')"
is "$(cd "$SCRATCH/cnpg" && find . -name 'migrate_ext.so' -o -name 'migrate_ext.control' | sort | tr '\n' ' ')" \
  './lib/migrate_ext.so ./share/extension/migrate_ext.control ' "  as CloudNativePG wants it"
if [ "$major" -ge 18 ]; then
  # the server has its own copy of the extension; so what is loaded is looked for in the image first
  new_database cnpg
  runs 0 "  the server finds it by extension_control_path" psql -XAtq -c "SET extension_control_path = '$SCRATCH/cnpg/share'" \
    -c "SET dynamic_library_path = '$SCRATCH/cnpg/lib'" -c 'CREATE EXTENSION migrate_ext' -c 'SELECT count(*) FROM migrate.heads()'
fi

echo "# docker-compose"
is "$(yaml "$DEPLOY/docker-compose.yml" 0 services db volumes 0)" data:/var/lib/postgresql/data "the volume is where the image of PostgreSQL 17 has its data"
grep -qx 'ARG PG_MAJOR=17' "$DEPLOY/Dockerfile"
result $? "  which is the one that is built"
new_database compose
set --
for name in $(yaml "$DEPLOY/docker-compose.yml" 0 services app environment); do
  value=$(yaml "$DEPLOY/docker-compose.yml" 0 services app environment "$name")
  case $name in
    DATABASE_URL) value=$(here) ;;
    MIGRATIONS_DIR) value=$SCRATCH/image$value ;;
  esac
  set -- "$@" "$name=$value"
done
runs 0 "the application starts" in_image "$@" entrypoint.sh echo the service
says "[Migration] succeeded" "the service"
runs 0 "and again" in_image "$@" entrypoint.sh echo the service
says "Nothing to do"
for target in server app; do
  grep -q "AS $target\$" "$DEPLOY/Dockerfile"
  result $? "the stage $target is in the Dockerfile"
done

echo "# Kubernetes"
new_database kubernetes
command_of() { # command_of DOCUMENT KEY...: as words for eval
  yaml "$DEPLOY/kubernetes.yaml" "$@" command | while IFS= read -r word; do
    printf "'%s' " "$(printf '%s\n' "$word" | sed "s/'/'\\\\''/g")"
  done
}
settings="DATABASE_URL='$(here)' MIGRATIONS_DIR='$SCRATCH/image/app/migrations' TMPDIR=/nonexistent"
is "$(yaml "$DEPLOY/kubernetes.yaml" 0 kind)" Job "the first is the Job"
is "$(yaml "$DEPLOY/kubernetes.yaml" 1 kind)" Deployment "the second the Deployment"
probe=$(command_of 1 spec template spec containers 0 readinessProbe exec)
eval "runs 1 'the probe before: not ready' in_image $settings $probe" 2>/dev/null
eval "runs 0 'the Job' in_image $settings $(command_of 0 spec template spec containers 0)"
says "succeeded"
eval "runs 0 'the init container' in_image $settings $(command_of 1 spec template spec initContainers 0)"
says "Nothing to do"
eval "runs 0 'the probe: ready' in_image $settings $probe"

echo "# GitHub Actions"
new_database actions
# A runner has docker, sudo and psql, and nothing of ours
mkdir "$SCRATCH/runner" "$SCRATCH/runner/bin"
cat >"$SCRATCH/runner/bin/docker" <<DOCKER
#!/bin/sh
[ "\$1 \$2" = "cp --follow-link" ] && cp "$PROJECT/scripts/\${3##*:/usr/local/bin/}" "\$4"
DOCKER
cat >"$SCRATCH/runner/bin/sudo" <<SUDO
#!/bin/sh
[ "\$1 \$2 \$3 \$5" = "install -m 755 /usr/local/bin/" ] && install -m 755 "\$4" "$SCRATCH/runner/bin/"
SUDO
chmod +x "$SCRATCH/runner/bin/docker" "$SCRATCH/runner/bin/sudo"
cp -r "$SCRATCH/image/app/migrations" "$SCRATCH/runner/"
# shellcheck disable=SC2317 # runs() calls it
on_runner() { (cd "$SCRATCH/runner" && env -i PATH="$SCRATCH/runner/bin:${PATH#*:}" "$@" </dev/null); }
step=0
while runs_it=$(yaml "$DEPLOY/github-actions.yml" 0 jobs migrations steps $step 2>/dev/null) && [ -n "$runs_it" ]; do
  if printf '%s\n' "$runs_it" | grep -qx run; then
    runs 0 "$(yaml "$DEPLOY/github-actions.yml" 0 jobs migrations steps $step name)" \
      on_runner DATABASE_URL="$(here)" sh -e -c "$(yaml "$DEPLOY/github-actions.yml" 0 jobs migrations steps $step run | sed 's/\${{ job.services.db.id }}/db/')"
  fi
  step=$((step + 1))
done
is $step 5 "all steps"

echo "# one-liners"
new_database functions
cp -r "$SCRATCH/image/app/migrations" .
# shellcheck disable=SC2016,SC2317
one() { "$SHELL_UNDER_TEST" -c '. "$0"; "$@"' "$DEPLOY/one_liners.sh" "$@" </dev/null; }
runs 3 "check_migrations: pending" one check_migrations
runs 0 "migrate_with_backup" one migrate_with_backup
is "$(find backups -name '*.dump' | wc -l)" 1 "  there is a backup"
runs 0 "check_migrations" one check_migrations
runs 0 "migrate_each" one migrate_each "$PGDATABASE" "$PGDATABASE"
runs 1 "migrate_each: one that is not there" one migrate_each nosuch "$PGDATABASE"
runs 0 "roll_back_to" one roll_back_to d193e5b7204c
is "$(current)" d193e5b7204c "  is there"
runs 1 "check_with_psql" one check_with_psql
runs 0 "upgrade_with_psql" one upgrade_with_psql
runs 0 "check_with_psql" one check_with_psql

done_testing
