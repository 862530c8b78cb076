// The most that the runtime can do: whatever it is sent it publishes to everyone, stores nothing and checks nothing.
const server = Bun.serve({
  port: Number(process.env.PORT),
  hostname: "127.0.0.1",
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("here")),
  websocket: {
    backpressureLimit: 256 * 1024,
    closeOnBackpressureLimit: true,
    perMessageDeflate: false,
    open(socket) {
      socket.subscribe("talk")
      socket.send('{"kind":"live"}')
    },
    message(socket, frame) {
      server.publish("talk", frame)
      socket.send('{"ref":0}')
    },
  },
})
