import type { Alert } from "../../model/alert.ts";
import type { InhibitRule } from "../../model/notification-policy.ts";
import { createInhibitor, type Inhibitor, isInhibitionSource } from "../../notify/inhibition.ts";
import { everyRecord } from "../../state/every-record.ts";
import type { Store } from "../../state/store.ts";

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

  /** The inhibitor of this moment, ms; `news` are alerts that are about to be stored. */
  async inhibitor(now: number, news: readonly Alert[]): Promise<Inhibitor> {
    if (this.#rules.length > 0 && now - this.#readAt > FRESH) {
      this.#sources = new Map();
      for await (const { value } of everyRecord(this.#store, "groups")) this.#update(value.alerts);
      this.#readAt = now;
      this.#inhibitor = undefined;
    }
    this.#update(news);
    this.#inhibitor ??= createInhibitor(this.#rules, this.#sources.values());
    return this.#inhibitor;
  }

  /** What was about to be stored wasn't: all is read anew. */
  forget(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  #update(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      if (isInhibitionSource(this.#rules, alert)) this.#sources.set(alert.fingerprint, alert);
      else if (!this.#sources.delete(alert.fingerprint)) continue;
      this.#inhibitor = undefined;
    }
  }
}
