# Vigie: one image for every role. The role is the command, for example `run detect` or `provision`.
#
# Everything that is installed is pinned by hash, the build tool too. (Never built where it was written: validated
# by tests/ops/test_compose.py only.)

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/base.txt requirements/build.txt /tmp/
# Wheels only: the image needs no compiler, and no package runs code while it is installed.
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: --no-deps -r /tmp/base.txt \
    && /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/build.txt
COPY . /src
# Vigie is built with the pinned build tool and nothing else; pip is of no use afterwards.
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation /src \
    && /opt/venv/bin/pip uninstall --yes pip

FROM python:3.11-slim-bookworm
# A fixed number, so that ops/make-secrets.sh can give the secret files to it.
RUN groupadd --gid 10001 vigie \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/vigie --shell /usr/sbin/nologin vigie \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/vigie
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONFAULTHANDLER=1 \
    MALLOC_ARENA_MAX=2
# Fails the build, not the deployment, when the package is incomplete.
RUN vigie --help >/dev/null
USER 10001:10001
VOLUME /var/lib/vigie
EXPOSE 9464
# The process itself is number 1 and gets the signal: exec form, no shell between. It finishes the record in hand.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-S", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9464/health/ready', timeout=4)"]
ENTRYPOINT ["vigie"]
CMD ["--help"]
