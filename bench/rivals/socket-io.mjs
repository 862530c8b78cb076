// What most people would write: Socket.IO on Node as it comes, with one room, storing nothing and checking nothing.
import { createServer } from "node:http"
import { Server } from "socket.io"

const http = createServer((_, response) => response.end("here"))
const io = new Server(http, { transports: ["websocket"] })

io.on("connection", (socket) => {
  socket.join("talk")
  socket.on("post", (message, answer) => {
    io.to("talk").emit("message", message)
    answer()
  })
})

http.listen(Number(process.env.PORT), "127.0.0.1")
