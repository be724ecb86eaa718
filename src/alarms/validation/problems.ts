import type { Diagnostic } from "../../support/diagnostic.ts";

/** Collects what is wrong with one alarm; the caller adds whose it is and where it was written. */
export class Problems {
  readonly list: Diagnostic[] = [];

  error(code: string, message: string): void {
    this.#add({ severity: "error", code, message });
  }

  warning(code: string, message: string): void {
    this.#add({ severity: "warning", code, message });
  }

  /** Several metrics of one alarm may have the same problem. */
  #add(diagnostic: Diagnostic): void {
    const known = this.list.some(
      ({ code, message }) => code === diagnostic.code && message === diagnostic.message,
    );
    if (!known) this.list.push(diagnostic);
  }
}
