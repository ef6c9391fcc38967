# One image for every process: `docker run hearth worker`, `scheduler`, `dashboard`, or any other command of `hearth`.
# Debian, not Alpine: Node's builds for musl are experimental, and all tests of Hearth run with glibc. The difference is
# about 30 MB, once for all processes of a machine.
FROM node:24-bookworm-slim AS sources
WORKDIR /app
COPY package.json package-lock.json ./

# No scripts: Hearth's own would build before the sources are there, and no dependency needs one.
FROM sources AS build
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM sources AS production
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=production /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./

# The base image's user `node`, by number, as Kubernetes needs it. It cannot change anything in /app.
USER 1000:1000
EXPOSE 3400
# Health means alive, not ready: a process that waits for its servers must not be restarted.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEARTH_PORT || 3400}/healthz`, { signal: AbortSignal.timeout(2000) }).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself gets the signal, without a shell or npm in between. It takes no new job, and exits within HEARTH_SHUTDOWN_MS.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["worker"]
