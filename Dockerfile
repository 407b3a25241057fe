# One image for every process: web, worker, relay, scheduler and migrations differ only in their command.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY pyproject.toml README.md LICENSE ./
COPY platform platform
COPY tenants tenants
COPY low_code low_code
COPY connectors connectors
COPY web web
COPY migrations migrations
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index .

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin orderloom \
    && install -d -o orderloom /var/lib/orderloom /tmp/metrics
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ORDERLOOM_HOST=0.0.0.0 ORDERLOOM_PORT=8000 ORDERLOOM_STATE_DIR=/var/lib/orderloom PROMETHEUS_MULTIPROC_DIR=/tmp/metrics
USER 10001
WORKDIR /var/lib/orderloom
EXPOSE 8000
ENTRYPOINT ["orderloom"]
CMD ["serve"]
