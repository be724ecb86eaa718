import type { RemediationRun } from "../model/remediation-run.ts";
import type { Store } from "../state/store.ts";
import { canonicalJson } from "../support/canonical-json.ts";
import { runWrite } from "./begin-run.ts";

/** A run as this process knows it, and its version in the store. */
export class RunFile {
  readonly #store: Store;
  readonly key: string;
  #run: RemediationRun;
  #version: number;

  private constructor(store: Store, key: string, run: RemediationRun, version: number) {
    this.#store = store;
    this.key = key;
    this.#run = run;
    this.#version = version;
  }

  /** Reads a run; undefined when there is none. */
  static async read(store: Store, key: string): Promise<RunFile | undefined> {
    const stored = await store.get("runs", key);
    return stored && new RunFile(store, key, stored.value, stored.version);
  }

  get run(): RemediationRun {
    return this.#run;
  }

  /**
   * Stores what a change makes of the run. Somebody who asked for it to be cancelled meanwhile doesn't matter: the change is made to
   * the newer run. False: its steps have gone on without us, or it has ended; then somebody else is at work, and nothing was stored.
   */
  async save(change: (run: RemediationRun) => RemediationRun): Promise<boolean> {
    const steps = canonicalJson(this.#run.steps);
    for (;;) {
      const next = change(this.#run);
      const conflict = await this.#store.commit([runWrite(next, this.#version)]);
      if (!conflict) {
        this.#run = next;
        this.#version += 1;
        return true;
      }
      const stored = await this.#store.get("runs", this.key);
      if (!stored || stored.value.endedAt !== undefined || canonicalJson(stored.value.steps) !== steps)
        return false;
      this.#run = stored.value;
      this.#version = stored.version;
    }
  }
}
