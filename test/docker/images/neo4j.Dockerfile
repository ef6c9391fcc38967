# In the place of neo4j:5.26-community: the same jars, from Maven Central, with those of the public image's settings that
# docker-compose.yml and testcontainers use.
FROM hearth-test/debian
COPY jars /var/lib/neo4j/lib
COPY cypher-shell /usr/local/bin/
COPY neo4j-entrypoint.sh /usr/local/bin/
COPY shell /var/lib/neo4j/shell
EXPOSE 7474 7687
ENTRYPOINT ["neo4j-entrypoint.sh"]
