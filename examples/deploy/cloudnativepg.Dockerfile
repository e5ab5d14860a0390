# The extension as an image without anything else, for CloudNativePG: it mounts such an image into the
# pods of a cluster, beside PostgreSQL's own (PostgreSQL 18 or newer: extension_control_path).
#
#   docker build -f examples/deploy/cloudnativepg.Dockerfile -t migrate-ext:1.0-18 .
#
# The build context is the root of migrate_ext; cloudnativepg.yaml uses it.
ARG PG_MAJOR=18

FROM postgres:${PG_MAJOR} AS build
ARG PG_MAJOR
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev make postgresql-server-dev-${PG_MAJOR} \
 && rm -rf /var/lib/apt/lists/*
COPY . /src
RUN make -C /src with_llvm=no install DESTDIR=/out scriptdir= \
 && mkdir -p /image/lib /image/share/extension \
 && cp /out/usr/lib/postgresql/${PG_MAJOR}/lib/migrate_ext.so /image/lib/ \
 && cp /out/usr/share/postgresql/${PG_MAJOR}/extension/migrate_ext* /image/share/extension/

FROM scratch
COPY --from=build /image/ /
