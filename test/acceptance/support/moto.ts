import { kill, lineMatching, probe, start } from "./child-process.ts";

/** Version of the machine's moto server; undefined where there is none. */
export function motoVersion(): string | undefined {
  const { code, stdout } = probe("python3", [
    "-c",
    "import moto, moto.server, flask; print(moto.__version__)",
  ]);
  return code === 0 ? stdout.trim() : undefined;
}

/** A running moto server. */
export interface Moto {
  readonly endpoint: string;
  close(): void;
}

/** Starts moto on a free port of loopback. */
export async function startMoto(): Promise<Moto> {
  const child = start("python3", ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], {
    timeoutMs: 180_000,
    environment: { PYTHONUNBUFFERED: "1" },
  });
  const [, endpoint = ""] = await lineMatching(child, /Running on (http:\/\/127\.0\.0\.1:\d+)/);
  return { endpoint, close: () => kill(child) };
}
