import { createServer, type Server, type Socket } from "node:net";

/** A mail server that takes everything and keeps it: just enough SMTP for one sender. */
export class Sink {
  readonly mails: string[] = [];
  port = 0;
  #server: Server | undefined;
  readonly #open = new Set<Socket>();

  async start(): Promise<this> {
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address && typeof address === "object") this.port = address.port;
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#open.add(socket);
    socket.on("close", () => this.#open.delete(socket));
    socket.on("error", () => undefined); // the program hung up
    let buffer = "";
    let mail: string[] | undefined;
    socket.write("220 sink\r\n");
    socket.on("data", (chunk) => {
      buffer += chunk.toString("latin1");
      for (let end = buffer.indexOf("\r\n"); end >= 0; end = buffer.indexOf("\r\n")) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (mail) {
          if (line !== ".") {
            mail.push(line);
            continue;
          }
          this.mails.push(mail.join("\n"));
          mail = undefined;
          socket.write("250 taken\r\n");
        } else if (/^DATA/i.test(line)) {
          mail = [];
          socket.write("354 go on\r\n");
        } else if (/^QUIT/i.test(line)) socket.end("221 bye\r\n");
        else socket.write("250 ok\r\n");
      }
    });
  }
}
