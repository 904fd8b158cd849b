# Sluice in a small image without a compiler. Builds from a clone:
#
#   docker build -t sluice .
#   docker run -p 8082:8082 -e KAFKA_REST_BOOTSTRAP_SERVERS=kafka:9092 sluice
#
# Every key of docs/configuration.md can be given as an environment variable.

ARG NODE_IMAGE=node:24-trixie-slim

FROM ${NODE_IMAGE} AS build
# The headers that come with this Node; node-gyp would download them.
ENV npm_config_nodedir=/usr/local
WORKDIR /app
# Keep in step with BUILD_PACKAGES and FETCH_PACKAGES in scripts/system-packages.mjs. The certificates
# are for fetching the sources of uWebSockets.js.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates cargo g++ libcurl4-openssl-dev libsasl2-dev libssl-dev libzstd-dev make \
        python3 python3-pip zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*

COPY .npmrc package.json package-lock.json ./
RUN npm ci --ignore-scripts

# Librdkafka takes most of the time, so it has layers of its own.
COPY scripts/native scripts/native
COPY native-bindings/locate.js native-bindings/package.json native-bindings/
COPY native-bindings/librdkafka native-bindings/librdkafka
RUN node scripts/native/librdkafka.mjs /librdkafka
COPY scripts scripts
COPY native-bindings native-bindings
RUN npm run build:native
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY docs docs
COPY LICENSE THIRD-PARTY.txt ./
RUN npm run build
RUN node scripts/assemble-runtime.mjs /runtime

FROM ${NODE_IMAGE}
# What librdkafka and the addon link to, the plug-in through which SASL does Kerberos, and the
# certificates to trust. Kerberos with a keytab also wants kinit, from krb5-user.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates libcurl4t64 libsasl2-2 libsasl2-modules-gssapi-mit libssl3t64 libstdc++6 \
        libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /runtime ./
# Memory of a peak goes back to the system: docs/decisions/0024-memory-of-a-peak-goes-back.md.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_TRIM_THRESHOLD_=1048576
USER node
EXPOSE 8082
# Whether the process answers, at the listener that the environment names. An outage of Kafka is no
# reason to restart it: ask /ready whether it should get requests. A container that takes its
# listeners from a properties file gives it to the check, too.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["node", "dist/health-check.js"]
ENTRYPOINT ["node", "dist/main.js"]
