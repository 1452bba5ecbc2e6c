# syntax=docker/dockerfile:1
# One image: the webhook, and the init container of `memory` delivery. docs/image.md says what is in it and why.

ARG BUILD_IMAGE=node:26-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs26-debian13:nonroot

# The bundle is the same for every platform, so it is built once, on the builder's own.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /build
# The lock file before the sources: the packages are a layer that a change of the sources does not touch.
COPY package.json package-lock.json ./
# No install scripts: none is needed to build, and none should run with the network on.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
RUN node src/build.ts

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="latchkey" \
      org.opencontainers.image.description="Puts AWS secrets into Kubernetes pods before they start" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="Latchkey" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
ENV NODE_ENV=production
WORKDIR /latchkey
COPY package.json LICENSE* ./
COPY --from=build /build/dist ./dist
# Numeric, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 65532:65532
EXPOSE 8443 9090
ENTRYPOINT ["/nodejs/bin/node", "/latchkey/dist/latchkey.cjs"]
CMD ["--help"]
