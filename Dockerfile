# The service on Debian slim. docs/operating.md says how it is run, tests/e2e/test_dockerfile.py that it does.
# The base is named by its tag; who wants the very same bytes for ever names its digest: --build-arg BASE=debian@sha256:…
ARG BASE=debian:trixie-slim

FROM ${BASE} AS python
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 ca-certificates \
 && rm -rf /var/lib/apt/lists/*

# All that is fetched is checked against the lock file's hashes. Of that, and with no index at hand, what the service
# needs is installed; the tools in the lock file stay behind with this stage.
FROM python AS build
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv
WORKDIR /build
RUN python3 -m venv tools
COPY requirements.lock .
RUN tools/bin/pip download --quiet --require-hashes --only-binary :all: --requirement requirements.lock --dest wheels
COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY model model
ARG EXTRAS=sso
RUN python3 -m venv --without-pip /winnow \
 && tools/bin/pip --python /winnow/bin/python install --quiet --no-index --find-links wheels ".[${EXTRAS}]" \
 && find /winnow -depth -type d '(' -name tests -o -name test ')' -exec rm -r '{}' ';'

FROM python
LABEL org.opencontainers.image.title="Winnow" \
      org.opencontainers.image.description="Comment moderation for news sites" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/debian:trixie-slim"
RUN groupadd --system --gid 10001 winnow \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /data winnow \
 && install -d -o winnow -g winnow -m 700 /data
COPY --from=build /winnow /winnow
ENV PATH=/winnow/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/data/numba \
    WINNOW_DATA=/data \
    WINNOW_BIND=0.0.0.0:8080
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['WINNOW_BIND'].rpartition(':')[2] + '/readyz', timeout=5)"]
CMD ["winnow", "serve"]
