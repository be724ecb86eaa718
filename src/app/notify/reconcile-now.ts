import type { Context } from "../../support/context.ts";
import { type NotifyPlace, openNotifier } from "./open-notifier.ts";
import { type Reconciled, reconcile } from "./reconcile.ts";

/** Compares once and answers when what was missing is delivered, or after `patience` ms: the rest stays in the outbox. */
export async function reconcileNow(
  place: NotifyPlace,
  topics: readonly string[],
  patience: number,
  context: Context,
): Promise<Reconciled & { readonly pending: number }> {
  const open = await openNotifier(place, context);
  try {
    const reconciled = await reconcile(open, place.configuration, topics, context);
    const waited = new AbortController();
    await Promise.race([
      open.delivery.idle(),
      context.clock.sleep(patience, AbortSignal.any([context.signal, waited.signal])).catch(() => undefined),
    ]);
    waited.abort();
    const { channels } = await open.delivery.health();
    return { ...reconciled, pending: channels.reduce((sum, { pending }) => sum + pending, 0) };
  } finally {
    await open.close();
  }
}
