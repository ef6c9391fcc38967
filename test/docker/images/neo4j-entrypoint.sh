#!/bin/sh
# The settings of the public image that are used here: NEO4J_AUTH=neo4j/<password>, and NEO4J_<setting>, where _ stands for
# a dot and __ for _.
set -eu
export NEO4J_HOME=/var/lib/neo4j
mkdir -p "$NEO4J_HOME/conf" /data
{
  echo server.directories.data=/data
  echo server.default_listen_address=0.0.0.0
  env | sed -n 's/^NEO4J_\([a-z][A-Za-z_]*=.*\)$/\1/p' | while IFS='=' read -r name value; do
    echo "$(echo "$name" | sed 's/__/\n/g; s/_/./g' | paste -sd _)=$value"
  done
} > "$NEO4J_HOME/conf/neo4j.conf"

# Said again when the volume is there already: refused then, which does no harm.
java -cp "$NEO4J_HOME/lib/*" org.neo4j.cli.AdminTool dbms set-initial-password "${NEO4J_AUTH#neo4j/}" || true

heap=$(sed -n 's/^server\.memory\.heap\.max_size=//p' "$NEO4J_HOME/conf/neo4j.conf")
exec java ${heap:+-Xmx"$heap"} -XX:+UseSerialGC \
  --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/java.io=ALL-UNNAMED \
  --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.util.concurrent=ALL-UNNAMED \
  -cp "$NEO4J_HOME/lib/*" org.neo4j.server.CommunityEntryPoint \
  --home-dir="$NEO4J_HOME" --config-dir="$NEO4J_HOME/conf" --console-mode
