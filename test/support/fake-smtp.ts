// A mail server on loopback: takes everything, or answers commands as the test says.
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface FakeSmtp {
  readonly port: number;
  /** Mails as they came, headers and all. */
  readonly mails: readonly string[];
  /** Replies by command, or by recipient, in place of what is usual: `{ RCPT: "550 5.1.1 no such user" }`; `""` says nothing at all. */
  replies: Readonly<Record<string, string>>;
  readonly connections: number;
  close(): Promise<void>;
}

const USUAL: Readonly<Record<string, string>> = {
  GREETING: "220 fake",
  EHLO: "250-fake\r\n250-AUTH PLAIN\r\n250 8BITMIME",
  HELO: "250 fake",
  AUTH: "235 2.7.0 welcome",
  MAIL: "250 2.1.0 ok",
  RCPT: "250 2.1.5 ok",
  DATA: "354 go on",
  ".": "250 2.0.0 taken",
  RSET: "250 2.0.0 ok",
  QUIT: "221 2.0.0 bye",
};

export async function startFakeSmtp(): Promise<FakeSmtp> {
  const mails: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
    let data: string[] | undefined;
    let rest = "";
    const say = (command: string, about = ""): void => {
      const reply = fake.replies[about] ?? fake.replies[command] ?? USUAL[command] ?? "502 5.5.1 unknown";
      if (reply !== "") socket.write(`${reply}\r\n`);
    };
    const hear = (line: string): void => {
      if (data) {
        if (line !== ".") {
          data.push(line);
          return;
        }
        mails.push(data.join("\n"));
        data = undefined;
        say(".");
        return;
      }
      const command = line.split(" ", 1)[0]?.toUpperCase() ?? "";
      say(command, /^RCPT TO:<([^>]*)>/i.exec(line)?.[1]);
      if (command === "DATA" && fake.replies["DATA"] === undefined) data = [];
    };
    socket.on("data", (chunk) => {
      const lines = `${rest}${chunk.toString()}`.split("\r\n");
      rest = lines.pop() ?? "";
      lines.forEach(hear);
    });
    say("GREETING");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fake: FakeSmtp = {
    port: (server.address() as AddressInfo).port,
    mails,
    replies: {},
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
  return fake;
}
