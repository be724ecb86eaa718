import { createServer, type Server } from "node:http";
import { WatchkeeperError } from "../support/errors.ts";
import type { Cloud } from "./cloud.ts";
import type { Instance } from "./fleet/instance.ts";
import { httpAnswer } from "./guest/services.ts";
import { fleetKey } from "./services/ec2/fleet-key.ts";

const LOOPBACK = "127.0.0.1";

/** The ports of loopback where simulated services answer. */
export interface GuestListeners {
  /** Ports that are open, in order. */
  readonly ports: readonly number[];
  close(): Promise<void>;
}

/**
 * Opens the ports that services of machines ask for (`listener`): each answers as the service does just then: 200, 503, a connection
 * that breaks, or silence. Throws WatchkeeperError `PortInUse`.
 */
export async function listenForGuests(cloud: Cloud): Promise<GuestListeners> {
  const servers: Server[] = [];
  const ports: number[] = [];
  const close = async () => {
    await Promise.all(servers.map(closed));
  };
  try {
    for (const { state: fleet } of cloud.everywhere(fleetKey))
      for (const instance of fleet.instances.values())
        for (const { spec } of instance.guest?.services.values() ?? [])
          if (spec.listener !== undefined && spec.port !== undefined) {
            servers.push(await opened(cloud, instance, spec.port, spec.listener));
            ports.push(spec.listener);
          }
  } catch (error) {
    await close();
    throw error;
  }
  return { ports, close };
}

function opened(cloud: Cloud, instance: Instance, port: number, listener: number): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = httpAnswer(instance, port, cloud.clock.time());
    // A machine that hangs takes the connection and says nothing; one where nothing listens breaks it.
    if (answer === "silence") return;
    if (answer === "refused") {
      request.socket.destroy();
      return;
    }
    const body = answer.status === 200 ? "ok\n" : "unavailable\n";
    response.writeHead(answer.status, { "content-type": "text/plain", "content-length": body.length });
    response.end(body);
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        error.code === "EADDRINUSE"
          ? new WatchkeeperError(
              "PortInUse",
              `port ${listener} of ${LOOPBACK} is in use, a service of ${instance.id} is to answer there`,
              {
                remedy: "Choose another listener in the scenario.",
                cause: error,
              },
            )
          : error,
      );
    });
    server.listen(listener, LOOPBACK, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
