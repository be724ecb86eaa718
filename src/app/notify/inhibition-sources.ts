import type { Alert } from "../../model/alert.ts";
import type { InhibitRule } from "../../model/notification-policy.ts";
import { createInhibitor, type Inhibitor, isInhibitionSource } from "../../notify/inhibition.ts";
import type { Store } from "../../state/store.ts";
import { allGroups } from "./groups.ts";

/** How long what other processes changed may go unnoticed, ms. */
const FRESH = 10_000;

/** The firing alerts that mute others, kept at hand: reading all groups for each flush would cost more than the flush. */
export class InhibitionSources {
  readonly #rules: readonly InhibitRule[];
  readonly #store: Store;
  #sources = new Map<string, Alert>();
  #readAt = Number.NEGATIVE_INFINITY;
  #inhibitor: Inhibitor | undefined;

  constructor(rules: readonly InhibitRule[], store: Store) {
    this.#rules = rules;
    this.#store = store;
  }

  /** Takes note of alerts that were stored. */
  update(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      if (isInhibitionSource(this.#rules, alert)) this.#sources.set(alert.fingerprint, alert);
      else if (!this.#sources.delete(alert.fingerprint)) continue;
      this.#inhibitor = undefined;
    }
  }

  async inhibitor(now: number): Promise<Inhibitor> {
    if (this.#rules.length > 0 && now - this.#readAt > FRESH) {
      this.#sources = new Map();
      for await (const { value } of allGroups(this.#store)) this.update(value.alerts);
      this.#readAt = now;
      this.#inhibitor = undefined;
    }
    this.#inhibitor ??= createInhibitor(this.#rules, this.#sources.values());
    return this.#inhibitor;
  }
}
