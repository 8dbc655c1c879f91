# Three images from one file:
#   docker build --target producer -t labelmill-producer:0.1.0 .
#   docker build --target worker-cpu -t labelmill-worker-cpu:0.1.0 .
#   docker build --target worker-cuda -t labelmill-worker-cuda:0.1.0 .
# All run as a user without rights and write to /cache, /models and /tmp alone: the root may be read-only.

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /src
COPY pnpm-lock.yaml pnpm-workspace.yaml ./
RUN npx --yes pnpm@12.21.0 fetch
COPY . .
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --offline

FROM packages AS build-producer
RUN sh scripts/production.sh /app producer

FROM packages AS build-worker-cpu
RUN sh scripts/production.sh /app worker-cpu

FROM packages AS build-worker-cuda
RUN sh scripts/production.sh /app worker-cuda

# Node and nothing that installs packages.
FROM node:24.21.0-bookworm-slim AS runtime
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* \
 && ln -s /app/labelmill /usr/local/bin/labelmill \
 && install -d -o 10001 -g 10001 /cache /models
ENV NODE_ENV=production HOME=/cache XDG_CACHE_HOME=/cache LABELMILL_MODELS=/models
USER 10001:10001
ENTRYPOINT ["labelmill"]

FROM runtime AS producer
COPY --from=build-producer /app /app
EXPOSE 7700
HEALTHCHECK --interval=15s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:7700/').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["serve", "--host", "0.0.0.0", "--port", "7700"]

FROM runtime AS worker-cpu
COPY --from=build-worker-cpu /app /app
EXPOSE 8080
HEALTHCHECK --interval=15s --start-period=180s CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["worker", "--health-port", "8080"]

# CUDA 13 and cuDNN 9, for which the provider library is built.
FROM nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04 AS worker-cuda
COPY --from=runtime /usr/local/bin/node /usr/local/bin/node
RUN ln -s /app/labelmill /usr/local/bin/labelmill \
 && install -d -o 10001 -g 10001 /cache /models
ENV NODE_ENV=production HOME=/cache XDG_CACHE_HOME=/cache LABELMILL_MODELS=/models LABELMILL_PROVIDER=cuda
COPY --from=build-worker-cuda /app /app
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=15s --start-period=180s CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["labelmill"]
CMD ["worker", "--model", "vgg16-fp16", "--health-port", "8080"]
