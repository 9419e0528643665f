# The image of rollcall. docs/howto/container.md shows how to build and run it.

# A Debian image with Node 24 and npm. The command is built there, and Node and its libraries are taken from there.
ARG NODE=docker.io/library/node:24-bookworm-slim
# What lies below the command: nothing, or an image of the same release of Debian with more programs.
ARG BASE=scratch

# hadolint ignore=DL3006
FROM ${NODE} AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --prefer-offline

FROM packages AS build
COPY . ./
RUN npm run build && node scripts/image/assemble.mjs /image /state

# hadolint ignore=DL3006
FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="rollcall" \
  org.opencontainers.image.description="Keeps nginx, HAProxy, DNS and Kubernetes in step with the services registered in etcd" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.source="${SOURCE}"
COPY --from=build /image/ /
COPY --from=build --chown=65532:65532 /state/ /var/lib/
# A volume of a cluster has mode 0777. No other user works in this one, so a stateDir below it is safe.
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/ ROLLCALL_OWN_VOLUME=/var/lib/rollcall
VOLUME /var/lib/rollcall
WORKDIR /
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/rollcall"]
CMD ["run"]
