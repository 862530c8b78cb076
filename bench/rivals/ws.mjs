// What many write by hand: Node's `ws`, sending each message to everyone in a loop, storing nothing and checking nothing.
import { createServer } from "node:http"
import { WebSocketServer } from "ws"

const http = createServer((_, response) => response.end("here"))
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false })

sockets.on("connection", (socket) => {
  socket.send('{"kind":"live"}')
  socket.on("message", (frame) => {
    for (const other of sockets.clients) other.send(frame, { binary: false })
    socket.send('{"ref":0}')
  })
})

http.listen(Number(process.env.PORT), "127.0.0.1")
