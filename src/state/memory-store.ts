import type {
  Backlog,
  Collection,
  Collections,
  Conflict,
  Page,
  PendingHead,
  PendingMessage,
  SetAsideMessage,
  Store,
  Stored,
  Write,
} from "./store.ts";

interface Entry {
  /** As JSON, so that nobody can change it from outside. */
  readonly json: string;
  readonly version: number;
  readonly due: number | undefined;
  readonly expires: number | undefined;
}

interface Message {
  readonly id: string;
  readonly channel: string;
  readonly createdAt: number;
  readonly payload: string;
  readonly position: number;
  readonly attempts: number;
  readonly notBefore: number;
  readonly aside?: { readonly at: number; readonly reason: string };
}

const MAX_WRITES = 5000;

/** A store that ends with the process: for trying things out and for tests. */
export class MemoryStore implements Store {
  readonly maxWrites = MAX_WRITES;
  readonly #records = new Map<Collection, Map<string, Entry>>();
  /** By id, in the order of positions. */
  readonly #messages = new Map<string, Message>();
  #lastPosition = 0;

  async get<C extends Collection>(collection: C, key: string): Promise<Stored<C> | undefined> {
    const entry = this.#records.get(collection)?.get(key);
    return entry && stored<C>(key, entry);
  }

  async getMany<C extends Collection>(collection: C, keys: readonly string[]): Promise<readonly Stored<C>[]> {
    const entries = this.#records.get(collection);
    return [...new Set(keys)].flatMap((key) => {
      const entry = entries?.get(key);
      return entry ? [stored<C>(key, entry)] : [];
    });
  }

  async list<C extends Collection>(
    collection: C,
    { prefix = "", after, limit }: Page,
  ): Promise<readonly Stored<C>[]> {
    const keys = [...(this.#records.get(collection)?.keys() ?? [])]
      .filter((key) => key.startsWith(prefix) && (after === undefined || byBytes(key, after) > 0))
      .sort(byBytes)
      .slice(0, limit);
    return this.getMany(collection, keys);
  }

  async due<C extends Collection>(
    collection: C,
    until: number,
    limit: number,
  ): Promise<readonly Stored<C>[]> {
    return [...(this.#records.get(collection) ?? [])]
      .filter(([, { due }]) => due !== undefined && due <= until)
      .sort(([a, { due: first = 0 }], [b, { due: second = 0 }]) => first - second || byBytes(a, b))
      .slice(0, limit)
      .map(([key, entry]) => stored<C>(key, entry));
  }

  async commit(writes: readonly Write[]): Promise<Conflict | undefined> {
    const undo: (() => void)[] = [];
    for (const write of writes) {
      const conflict = this.#write(write, undo);
      if (!conflict) continue;
      for (const step of undo.reverse()) step();
      return conflict;
    }
    return undefined;
  }

  async forget(now: number): Promise<number> {
    let forgotten = 0;
    for (const entries of this.#records.values()) {
      for (const [key, { expires }] of entries) {
        if (expires !== undefined && expires < now && entries.delete(key)) forgotten += 1;
      }
    }
    return forgotten;
  }

  async pending(channel: string, after: number, limit: number): Promise<readonly PendingMessage[]> {
    return [...this.#messages.values()]
      .filter((message) => message.channel === channel && message.position > after && !message.aside)
      .sort((a, b) => a.position - b.position)
      .slice(0, limit)
      .map(({ aside: _, ...message }) => message);
  }

  async pendingHeads(channel: string, after: number, limit: number): Promise<readonly PendingHead[]> {
    return (await this.pending(channel, after, limit)).map(({ payload: _, ...head }) => head);
  }

  async setAside(limit: number, channel?: string): Promise<readonly SetAsideMessage[]> {
    return [...this.#messages.values()]
      .flatMap(({ aside, notBefore: _, position, ...message }) =>
        aside && (channel === undefined || message.channel === channel)
          ? [{ position, message: { ...message, ...aside } }]
          : [],
      )
      .sort((a, b) => a.message.at - b.message.at || a.position - b.position)
      .slice(0, limit)
      .map(({ message }) => message);
  }

  async backlog(): Promise<readonly Backlog[]> {
    const found = new Map<string, Backlog>();
    for (const { channel, createdAt, aside } of this.#messages.values()) {
      const { pending, oldest, setAside } = found.get(channel) ?? { pending: 0, setAside: 0 };
      const first = aside ? oldest : Math.min(oldest ?? createdAt, createdAt);
      found.set(channel, {
        channel,
        pending: pending + (aside ? 0 : 1),
        ...(first === undefined ? {} : { oldest: first }),
        setAside: setAside + (aside ? 1 : 0),
      });
    }
    return [...found.values()].sort((a, b) => byBytes(a.channel, b.channel));
  }

  async close(): Promise<void> {}

  #write(write: Write, undo: (() => void)[]): Conflict | undefined {
    switch (write.kind) {
      case "put":
      case "remove":
        return this.#change(write, undo);
      case "enqueue": {
        const { message } = write;
        if (this.#messages.has(message.id)) return undefined;
        this.#lastPosition += 1;
        this.#set(message.id, { ...message, position: this.#lastPosition, attempts: 0, notBefore: 0 }, undo);
        return undefined;
      }
      case "requeue": {
        const message = this.#messages.get(write.id);
        if (!message?.aside) return undefined;
        this.#lastPosition += 1;
        const { aside: _, ...rest } = message;
        this.#set(write.id, { ...rest, position: this.#lastPosition, attempts: 0, notBefore: 0 }, undo);
        return undefined;
      }
      default: {
        const message = this.#messages.get(write.message.id);
        if (!message || message.aside || message.position !== write.message.position) return undefined;
        if (write.kind === "delivered") this.#set(message.id, undefined, undo);
        else if (write.kind === "postpone")
          this.#set(message.id, { ...message, attempts: write.attempts, notBefore: write.notBefore }, undo);
        else {
          const { attempts, at, reason } = write;
          this.#set(message.id, { ...message, attempts, aside: { at, reason } }, undo);
        }
        return undefined;
      }
    }
  }

  #change(
    write: Extract<Write, { readonly kind: "put" | "remove" }>,
    undo: (() => void)[],
  ): Conflict | undefined {
    const { collection, key, expected } = write;
    const entries = this.#records.get(collection) ?? new Map<string, Entry>();
    this.#records.set(collection, entries);
    const old = entries.get(key);
    if (expected !== undefined && expected !== (old?.version ?? 0)) return { collection, key };
    undo.push(() => (old ? entries.set(key, old) : entries.delete(key)));
    if (write.kind === "remove") entries.delete(key);
    else {
      const { value, due, expires } = write;
      entries.set(key, { json: JSON.stringify(value), version: (old?.version ?? 0) + 1, due, expires });
    }
    return undefined;
  }

  #set(id: string, message: Message | undefined, undo: (() => void)[]): void {
    const old = this.#messages.get(id);
    undo.push(() => (old ? this.#messages.set(id, old) : this.#messages.delete(id)));
    if (message) this.#messages.set(id, message);
    else this.#messages.delete(id);
  }
}

function stored<C extends Collection>(key: string, { json, version }: Entry): Stored<C> {
  return { key, value: JSON.parse(json) as Collections[C], version };
}

/** The order of keys in every store: that of their bytes in UTF-8. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
