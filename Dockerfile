# Parlour in an image: put together where Node is, and run where only Bun is.
FROM node:24-trixie-slim AS made
WORKDIR /parlour
COPY package.json package-lock.json tsconfig.json ./
COPY bin bin
COPY migrations migrations
COPY protocol protocol
COPY view view
COPY client client
COPY server server
# bunx is the same program once more, by a hard link, which a copy into the next stage would double.
RUN bin/setup && rm node_modules/bun/bin/bunx.exe

FROM debian:trixie-slim
# Numbers, because Kubernetes cannot see that a name is not root.
RUN groupadd --gid 10001 parlour && useradd --uid 10001 --gid 10001 --no-create-home parlour \
  && install --directory --owner=10001 --group=10001 --mode=700 /data
COPY --from=made /parlour /parlour
USER 10001:10001
ENV HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
EXPOSE 3000
VOLUME /data
# Healthy is who says so: its database answers, and can be written.
HEALTHCHECK --interval=10s --timeout=8s --start-period=30s --retries=3 \
  CMD ["/parlour/node_modules/bun/bin/bun.exe", "--eval", "const { ok } = await fetch(`http://127.0.0.1:${process.env.PORT}/health`); process.exit(ok ? 0 : 1)"]
# It becomes Parlour, the same process, so that `docker stop` reaches it.
ENTRYPOINT ["/parlour/bin/parlour"]
CMD ["start"]
