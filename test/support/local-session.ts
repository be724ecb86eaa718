import type { PacedSession } from "../../src/aws/account-link.ts";
import type { CallCounter } from "../../src/aws/call-counter.ts";
import { connect } from "../../src/aws/connect.ts";
import { DEFAULT_ACCOUNTS, type LocalAccount } from "../../src/local/accounts.ts";
import type { LocalCloud } from "../../src/local/server.ts";
import { type Context, silentLogger } from "../../src/support/context.ts";
import { REGION } from "./ec2-cloud.ts";

/** A paced session in a local cloud of this process, and what it runs with. */
export interface LocalSession {
  readonly session: PacedSession;
  readonly context: Context;
  readonly calls: CallCounter;
  /** Stops whatever runs with the context. */
  stop(): void;
}

/** Connects to a local cloud whose clock is moved by everybody who sleeps, so that nobody waits. */
export async function localSession(local: LocalCloud, region = REGION): Promise<LocalSession> {
  const { clock } = local.cloud;
  const controller = new AbortController();
  const context: Context = {
    clock: {
      now: () => clock.now(),
      async sleep(ms, signal) {
        signal?.throwIfAborted();
        const target = clock.time() + ms;
        // Somebody else's sleep may have moved the clock further by the time ours has its turn.
        await clock.jumpTo(new Date(target)).catch((error: unknown) => {
          if (clock.time() < target) throw error;
        });
        signal?.throwIfAborted();
      },
    },
    random: () => 0.5,
    signal: controller.signal,
    log: silentLogger,
  };
  const { accessKeyId, secretAccessKey } = DEFAULT_ACCOUNTS[0] as LocalAccount;
  const connection = await connect({
    accounts: [],
    context,
    environment: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
    },
    version: "test",
    region,
    requestHandler: local.requestHandler(),
  });
  const [account] = connection.accounts;
  if (!account || "error" in account) throw account?.error ?? new Error("no account");
  return { session: account.session, context, calls: connection.calls, stop: () => controller.abort() };
}
