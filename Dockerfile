# syntax=docker/dockerfile:1

# One image for the service, one for the Microsoft simulator:
#   docker build -t hearth .
#   docker build -t microsoft-simulator --target simulator .

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpq-dev libcurl4-openssl-dev libjansson-dev libpsl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# The manifest alone first: the dependencies stay in their layer until it changes.
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
# The manifest names the test targets; SwiftPM wants to see them.
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product hearth \
    && swift build -c release --static-swift-stdlib --product microsoft-simulator \
    && install -D -t /programs "$(swift build -c release --static-swift-stdlib --show-bin-path)/hearth" \
        "$(swift build -c release --static-swift-stdlib --show-bin-path)/microsoft-simulator"

FROM debian:bookworm-slim AS runtime
# publicsuffix: the newer list for libpsl. curl: the health checks.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl libcurl4 libjansson4 libpq5 libpsl5 publicsuffix \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin hearth
USER 10001:10001

FROM runtime AS simulator
COPY --from=build /programs/microsoft-simulator /usr/local/bin/
EXPOSE 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["curl", "-fsS", "http://127.0.0.1:8081/simulator"]
ENTRYPOINT ["microsoft-simulator"]
CMD ["--help"]

FROM runtime AS hearth
COPY --from=build /programs/hearth /usr/local/bin/
COPY migrations /usr/share/hearth/migrations
COPY openapi.yaml LICENSE /usr/share/hearth/
COPY docs/errors.md /usr/share/hearth/docs/
# The operations port is for the container's own network; publish it to nobody.
ENV HEARTH_SHARE_DIR=/usr/share/hearth \
    HEARTH_HOST=0.0.0.0 \
    HEARTH_PORT=8080 \
    HEARTH_OPERATIONS_LISTEN=0.0.0.0:9464
EXPOSE 8080 9464
# Every mode of `serve` has the operations port; the public one belongs to the API alone.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["curl", "-fsS", "http://127.0.0.1:9464/healthz"]
ENTRYPOINT ["hearth"]
CMD ["serve"]
