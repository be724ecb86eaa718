import type { SecretReference } from "../../model/secret-reference.ts";
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

/** How a secret can turn up in what a service or a library says: as it is, encoded for an address, or quoted in JSON. */
function formsOf(secret: string): string[] {
  const bases = URL.canParse(secret) ? [secret, ...partsOf(new URL(secret))] : [secret, `\0${secret}`];
  return bases
    .flatMap((base) => [
      base,
      encodeURIComponent(base),
      encodeURI(base),
      Buffer.from(base).toString("base64"),
    ])
    .flatMap((form) => [form, quoted(form), quoted(quoted(form))])
    .filter((form) => form.length > 3);
}

/** Parts of an address that is a secret, as they are and decoded; what is too short to be one stays readable. */
function partsOf({ pathname, search, searchParams, password }: URL): string[] {
  const path = pathname.split("/").flatMap((part) => [part, decoded(part)]);
  const whole = [`${pathname}${search}`, decoded(`${pathname}${search}`)];
  return [...whole, ...path, ...searchParams.values(), password].filter((part) => part.length >= 8);
}

function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
