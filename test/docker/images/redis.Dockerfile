# In the place of redis:7.4-alpine: Debian's Redis, which answers other containers, as the public image does.
FROM hearth-test/debian
COPY redis-entrypoint.sh /usr/local/bin/
WORKDIR /data
ENTRYPOINT ["redis-entrypoint.sh"]
CMD ["redis-server"]
