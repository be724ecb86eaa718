import { parseSecretReference, type SecretReference } from "../../model/secret-reference.ts";
import { isWatchkeeperError, messageOf, WatchkeeperError } from "../../support/errors.ts";
import type { Secret } from "../../support/secret.ts";

/** The secrets of one channel: looked up when they are first needed, and again after one was refused. */
export class SecretSource {
  readonly #references: Readonly<Record<string, SecretReference>>;
  readonly #resolve: (reference: SecretReference) => Promise<Secret>;
  readonly #found = new Map<string, Promise<Secret>>();
  readonly #revealed = new Set<string>();

  constructor(
    references: Readonly<Record<string, SecretReference>>,
    resolve: (reference: SecretReference) => Promise<Secret>,
  ) {
    this.#references = references;
    this.#resolve = resolve;
  }

  has(option: string): boolean {
    return Object.hasOwn(this.#references, option);
  }

  /** The value of a secret option. Rejects with code `secret-unavailable`. */
  async reveal(option: string): Promise<string> {
    const reference = this.#references[option];
    if (!reference) throw new WatchkeeperError("secret-unavailable", `no secret is given as ${option}`);
    let found = this.#found.get(option);
    if (!found) {
      found = this.#resolve(reference);
      this.#found.set(option, found);
    }
    try {
      const value = (await found).reveal();
      if (value === "") throw new WatchkeeperError("secret-unavailable", "it is empty");
      this.#revealed.add(value);
      return value;
    } catch (error) {
      this.#found.delete(option);
      const where = `${reference.store}:${reference.store === "kms" ? "…" : reference.name}`;
      throw new WatchkeeperError("secret-unavailable", `${option} (${where}): ${messageOf(error)}`, {
        retryable: true,
        remedy: isWatchkeeperError(error) ? error.remedy : undefined,
        cause: error,
      });
    }
  }

  /** The service refused what it was given: it may have been changed since. */
  forget(): void {
    this.#found.clear();
  }

  /** The text with every form of the secrets that were used replaced by `***`. */
  redact(text: string): string {
    let clean = text;
    for (const form of [...this.#revealed].flatMap(formsOf).sort((a, b) => b.length - a.length)) {
      clean = clean.replaceAll(form, "***");
    }
    return clean;
  }
}

/** How a secret can turn up in what a service or a library says. Parts of addresses that are too short to be secret stay. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const forms = [
    secret,
    encodeURIComponent(secret),
    encodeURI(secret),
    json,
    Buffer.from(secret).toString("base64"),
    Buffer.from(`\0${secret}`).toString("base64"),
  ];
  if (URL.canParse(secret)) {
    const { pathname, search, searchParams, password } = new URL(secret);
    const parts = [...pathname.split("/"), ...searchParams.values(), password];
    forms.push(`${pathname}${search}`, ...parts.filter((part) => part.length >= 8));
  }
  return forms.filter((form) => form.length > 3);
}

/** The references among option values, by key. */
export function secretReferences(
  values: Readonly<Record<string, unknown>>,
  secretKeys: readonly string[],
): Readonly<Record<string, SecretReference>> {
  return Object.fromEntries(
    secretKeys.flatMap((key) => {
      const value = values[key];
      const reference = typeof value === "string" ? parseSecretReference(value) : undefined;
      return reference ? [[key, reference]] : [];
    }),
  );
}
