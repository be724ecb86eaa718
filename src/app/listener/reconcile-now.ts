import type { Context } from "../../support/context.ts";
import { type NotifyPlace, openNotifier } from "../notify/open-notifier.ts";
import type { OpenState } from "../notify/state-file.ts";
import { type Reconciled, reconcile } from "./reconcile.ts";

/** Compares once and answers when what was missing is delivered, or after `patience` ms: the rest stays in the outbox. */
export async function reconcileNow(
  place: NotifyPlace,
  topics: readonly string[],
  patience: number,
  context: Context,
): Promise<Reconciled & { readonly pending: number; readonly state: Pick<OpenState, "file" | "isThere"> }> {
  const open = await openNotifier("write", place, context);
  try {
    const reconciled = await reconcile(open, place.configuration, topics, context);
    const waited = new AbortController();
    await Promise.race([
      open.delivery.idle(),
      context.clock.sleep(patience, AbortSignal.any([context.signal, waited.signal])).catch(() => undefined),
    ]);
    waited.abort();
    const { channels } = await open.delivery.health();
    const pending = channels.reduce((sum, one) => sum + one.pending, 0);
    return { ...reconciled, pending, state: { file: open.file, isThere: open.wasThere } };
  } finally {
    await open.close();
  }
}
