# syntax=docker/dockerfile:1
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# What --version and /health say: docker build --build-arg NAMELESS_COMMIT=$(git rev-parse HEAD)
ARG NAMELESS_COMMIT=unknown
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/target \
    CARGO_TARGET_DIR=/target cargo build --locked --release --bin nameless \
    && cp /target/release/nameless /nameless

# What FaceGuard looks at photos with, pinned by hash. Without this stage photos stay behind their spoiler.
FROM debian:bookworm-slim AS models
# Debian's security updates are wanted, whatever their version is.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
COPY scripts/models.sh /models.sh
RUN HOME=/tmp sh /models.sh /models

FROM debian:bookworm-slim
# Programs only: the bot makes a cluster in /data and runs it itself.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-common \
    && sed -i 's/^[# ]*create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf \
    && apt-get install -y --no-install-recommends postgresql-15 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --create-home nameless
COPY --from=build /nameless /usr/local/bin/nameless
COPY --from=models /models /usr/share/nameless/models
USER 10001
# The private database, the journal and generated keys. Without a volume they go with the container.
VOLUME /data
WORKDIR /data
ENV DATA_DIR=/data FACE_MODELS=/usr/share/nameless/models HTTP_ADDR=0.0.0.0:8080 LOG_FORMAT=json
EXPOSE 8080
# SIGTERM lets accepted work finish, within 9 s. Whoever raises DRAIN_TIMEOUT gives the container 6 s more than that.
# Metrics are on METRICS_ADDR, inside the container unless it is set.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["nameless", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["nameless"]
CMD ["serve"]
