import type { Partition } from "../model/partition.ts";

/** Who signed a request. */
export interface Principal {
  readonly accountId: string;
  readonly arn: string;
  readonly userId: string;
  /** Signed with the temporary keys of a session. */
  readonly session?: true;
}

/** An account of the local cloud and its owner's key pair. */
export interface LocalAccount {
  /** Twelve digits. */
  readonly id: string;
  readonly name?: string;
  /** Its keys work in regions of this partition only; default `aws`. */
  readonly partition?: Partition;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The accounts there are when nobody says otherwise. The keys are AWS's documentation examples and made-up ones: they open nothing. */
export const DEFAULT_ACCOUNTS: readonly LocalAccount[] = [
  {
    id: "111122223333",
    name: "main",
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  },
  {
    id: "444455556666",
    name: "second",
    accessKeyId: "AKIAI44QH8DHBEXAMPLE",
    secretAccessKey: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
  },
];

/** What a request can be signed with. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Session keys come with a token; long-lived ones without. */
  readonly sessionToken: string | undefined;
  /** Milliseconds of the host's clock; undefined: never. */
  readonly expiresAt: number | undefined;
  readonly partition: Partition;
  readonly principal: Principal;
}

export interface AccountsOptions {
  /** The host's clock in ms. Sessions expire by it, as signatures do: clients compare `Expiration` with their own clock. */
  readonly hostNow: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** More living sessions than this and the oldest goes. */
const MAX_SESSIONS = 10_000;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Accounts, their keys, and the sessions that STS gave out. */
export class Accounts {
  readonly all: readonly LocalAccount[];
  readonly #hostNow: () => number;
  readonly #random: () => number;
  readonly #keys = new Map<string, Credential>();
  readonly #sessions = new Map<string, Credential>();

  /** Throws RangeError when an account's id or key is malformed or there twice. */
  constructor(accounts: readonly LocalAccount[], options: AccountsOptions) {
    this.all = accounts;
    this.#hostNow = options.hostNow;
    this.#random = options.random;
    const ids = new Set<string>();
    for (const account of accounts) {
      const { id, accessKeyId, secretAccessKey } = account;
      if (!/^\d{12}$/.test(id)) throw new RangeError(`account id "${id}" is not twelve digits`);
      if (ids.has(id)) throw new RangeError(`account ${id} is listed twice`);
      if (!/^\w{16,128}$/.test(accessKeyId)) {
        throw new RangeError(
          `access key id "${accessKeyId}" of account ${id} is not 16 to 128 letters and digits`,
        );
      }
      if (this.#keys.has(accessKeyId)) throw new RangeError(`access key id "${accessKeyId}" is listed twice`);
      if (secretAccessKey === "") throw new RangeError(`account ${id} has an empty secret access key`);
      ids.add(id);
      const partition = account.partition ?? "aws";
      const principal = { accountId: id, arn: `arn:${partition}:iam::${id}:root`, userId: id };
      this.#keys.set(accessKeyId, {
        accessKeyId,
        secretAccessKey,
        sessionToken: undefined,
        expiresAt: undefined,
        partition,
        principal,
      });
    }
  }

  get(id: string): LocalAccount | undefined {
    return this.all.find((account) => account.id === id);
  }

  /** What a key id stands for, expired sessions included (so that they can be told from unknown keys). */
  credential(accessKeyId: string): Credential | undefined {
    return this.#keys.get(accessKeyId) ?? this.#sessions.get(accessKeyId);
  }

  /** Gives out session keys for a principal, good for `seconds` of the host's time. */
  issueSession(
    principal: Principal,
    partition: Partition,
    seconds: number,
  ): Credential & { readonly expiresAt: number } {
    if (this.#sessions.size >= MAX_SESSIONS) {
      const [oldest] = this.#sessions.keys();
      if (oldest !== undefined) this.#sessions.delete(oldest);
    }
    const session = {
      accessKeyId: `ASIA${this.#text(BASE32, 16)}`,
      secretAccessKey: this.#text(BASE64, 40),
      sessionToken: `IQoJb3JpZ2luX2VjE${this.#text(BASE64, 180)}`,
      expiresAt: this.#hostNow() + seconds * 1000,
      partition,
      principal: { ...principal, session: true as const },
    };
    this.#sessions.set(session.accessKeyId, session);
    return session;
  }

  #text(alphabet: string, length: number): string {
    let text = "";
    for (let i = 0; i < length; i += 1) text += alphabet.charAt(Math.floor(this.#random() * alphabet.length));
    return text;
  }
}
