import { DEFAULT_ACCOUNTS } from "../../../src/local/accounts.ts";
import { VirtualClock } from "../../../src/local/clock.ts";
import { listen } from "../../../src/local/listen.ts";
import { createLocalCloud, type LocalCloud, type LocalCloudOptions } from "../../../src/local/server.ts";
import type { WireRequest } from "../../../src/local/wire/message.ts";

const [MAIN] = DEFAULT_ACCOUNTS as [(typeof DEFAULT_ACCOUNTS)[0]];

/** A local cloud over HTTP that keeps the headers of every request, so that a test can tell how a client really spoke. */
export interface ObservedCloud {
  readonly local: LocalCloud;
  readonly endpoint: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Headers of all requests so far. */
  readonly headers: readonly WireRequest["headers"][];
  close(): Promise<void>;
}

/**
 * Starts one on a free port of loopback. Its time stands still: instances are as pending at the end as at the beginning, and no
 * alarm is evaluated between two calls, however slow the machine is.
 */
export async function startObservedCloud(options: LocalCloudOptions = {}): Promise<ObservedCloud> {
  const started = Date.now();
  const headers: WireRequest["headers"][] = [];
  const failures: string[] = [];
  const local = createLocalCloud({
    clock: new VirtualClock({ host: () => started }),
    log: (message) => failures.push(message),
    ...options,
  });
  const listening = await listen({
    ...local,
    handle: (request) => {
      headers.push(request.headers);
      return local.handle(request);
    },
  });
  const { accessKeyId, secretAccessKey } = MAIN;
  return {
    local,
    endpoint: listening.endpoint,
    keys: { accessKeyId, secretAccessKey },
    headers,
    async close() {
      await listening.close();
      local.close();
      if (failures.length > 0)
        throw new Error(`the local cloud failed by its own fault: ${failures.join("\n")}`);
    },
  };
}

/** The environment in which an AWS client acts with some keys in a region. */
export function credentialVariables(
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string },
  region: string,
): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    ...(keys.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: keys.sessionToken }),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  };
}
