# One image for every process: `docker run hearth worker`, `scheduler`, `dashboard`, or any other command of `hearth`.
# Debian and not Alpine: Node's own builds for musl are experimental, and what is compiled for glibc runs everywhere else
# that Hearth is tested. The difference is some 30 MB, once for all processes of a machine.
FROM node:20-bookworm-slim AS sources
WORKDIR /app
COPY package.json package-lock.json ./

# Scripts are off because ours would build before the sources are there, and no package of ours needs its own.
FROM sources AS build
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM sources AS production
RUN npm ci --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=production /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./

# The base image's user `node`, by number, which Kubernetes wants to see. Nothing in /app is theirs to change.
USER 1000:1000
EXPOSE 3400
# Alive, not ready: a process that waits for its servers must not be restarted for it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEARTH_PORT || 3400}/healthz`, { signal: AbortSignal.timeout(2000) }).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is what the signal reaches: no shell and no npm between. It takes no new job, and ends within HEARTH_SHUTDOWN_MS.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["worker"]
