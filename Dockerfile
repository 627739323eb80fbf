# The service, from the lock file: built in one stage, run in another that has neither compiler nor tests.
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.lock .
RUN pip download --quiet --require-hashes --requirement requirements.lock --dest wheels
COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY model model
RUN python -m venv /winnow && /winnow/bin/pip install --quiet --no-index --find-links wheels .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data winnow && install -d -o winnow /data
COPY --from=build /winnow /winnow
USER winnow
ENV PATH=/winnow/bin:$PATH WINNOW_DATA=/data WINNOW_BIND=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --start-period=20s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=5)"]
CMD ["winnow", "serve"]
