// What every store promises, run on each.
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import Database from "libsql";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { commitUnits } from "../../src/state/batches.ts";
import { acquireLease, releaseLeases } from "../../src/state/leases.ts";
import { MemoryStore } from "../../src/state/memory-store.ts";
import { openSqliteStore } from "../../src/state/sqlite-store.ts";
import type { MessageKey, OutboxMessage, PendingMessage, Store, Write } from "../../src/state/store.ts";
import { openThreadedStore } from "../../src/state/threaded-store.ts";
import { type BundledPrograms, bundlePrograms } from "../support/bundled-programs.ts";

const folder = mkdtempSync(join(tmpdir(), "watchkeeper-store-"));
let programs: BundledPrograms;
beforeAll(async () => {
  programs = await bundlePrograms();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  programs.remove();
});
let files = 0;
const newFile = (): string => {
  files += 1;
  return join(folder, `store-${files}.db`);
};

/** The stores in a file. */
const FILES: Readonly<Record<string, typeof openSqliteStore>> = {
  sqlite: openSqliteStore,
  threaded: (path, options) => openThreadedStore(path, { program: programs.storeThread }, options),
};
const KINDS: Readonly<Record<string, () => Promise<Store>>> = {
  memory: async () => new MemoryStore(),
  ...Object.fromEntries(Object.entries(FILES).map(([name, open]) => [name, () => open(newFile())])),
};

const cursor = (at: number) => ({ fingerprint: "f", at, firing: false, groups: [] });
const put = (
  key: string,
  at: number,
  more: { expected?: number; due?: number; expires?: number } = {},
): Write => ({
  kind: "put",
  collection: "cursors",
  key,
  value: cursor(at),
  ...more,
});
const message = (id: string, channel = "team", createdAt = 1): OutboxMessage => ({
  id,
  channel,
  createdAt,
  payload: JSON.stringify({ text: `about ${id}` }),
});
const enqueue = (...messages: readonly OutboxMessage[]): Write[] =>
  messages.map((each) => ({ kind: "enqueue", message: each }));

describe.each(Object.entries(KINDS))("the %s store", (_, open) => {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const ids = async (channel = "team", after = 0): Promise<string[]> =>
    (await store.pending(channel, after, 100)).map(({ id }) => id);
  const first = async (): Promise<PendingMessage> => (await store.pending("team", 0, 1))[0] as PendingMessage;

  describe("records", () => {
    it("gives back what was put, and counts versions", async () => {
      expect(await store.get("cursors", "a")).toBeUndefined();
      expect(await store.commit([put("a", 1)])).toBeUndefined();
      expect(await store.get("cursors", "a")).toEqual({ key: "a", value: cursor(1), version: 1 });
      await store.commit([put("a", 2)]);
      expect(await store.get("cursors", "a")).toEqual({ key: "a", value: cursor(2), version: 2 });
      expect(await store.get("leases", "a")).toBeUndefined();
    });

    it("finds many, leaving out absent ones", async () => {
      await store.commit([put("a", 1), put("b", 2)]);
      const found = await store.getMany("cursors", ["b", "nope", "a", "b"]);
      expect(found.map(({ key }) => key).sort()).toEqual(["a", "b"]);
    });

    it("lists in the order of keys, by prefix and page", async () => {
      await store.commit(["b", "a%", "a", "ä", "a1", "𝄞", "a\uffee"].map((key) => put(key, 1)));
      const keys = async (page: { prefix?: string; after?: string; limit: number }): Promise<string[]> =>
        (await store.list("cursors", page)).map(({ key }) => key);
      expect(await keys({ limit: 100 })).toEqual(["a", "a%", "a1", "a\uffee", "b", "ä", "𝄞"]);
      expect(await keys({ prefix: "a", limit: 2 })).toEqual(["a", "a%"]);
      expect(await keys({ prefix: "a", after: "a%", limit: 9 })).toEqual(["a1", "a\uffee"]);
      expect(await keys({ prefix: "a%", limit: 9 })).toEqual(["a%"]);
    });

    it("puts on condition of a version, and only then", async () => {
      expect(await store.commit([put("a", 1, { expected: 0 })])).toBeUndefined();
      expect(await store.commit([put("a", 2, { expected: 0 })])).toEqual({ collection: "cursors", key: "a" });
      expect(await store.commit([put("a", 3, { expected: 2 })])).toEqual({ collection: "cursors", key: "a" });
      expect(await store.commit([put("a", 4, { expected: 1 })])).toBeUndefined();
      expect(await store.commit([put("b", 4, { expected: 1 })])).toEqual({ collection: "cursors", key: "b" });
      expect((await store.get("cursors", "a"))?.value).toEqual(cursor(4));
    });

    it("removes on condition of a version, and only then", async () => {
      const remove = (expected?: number): Write => ({
        kind: "remove",
        collection: "cursors",
        key: "a",
        ...(expected === undefined ? {} : { expected }),
      });
      expect(await store.commit([remove(0), remove()])).toBeUndefined();
      await store.commit([put("a", 1), put("a", 2)]);
      expect(await store.commit([remove(1)])).toEqual({ collection: "cursors", key: "a" });
      expect(await store.commit([remove(0)])).toEqual({ collection: "cursors", key: "a" });
      expect(await store.get("cursors", "a")).toBeDefined();
      expect(await store.commit([remove(2)])).toBeUndefined();
      expect(await store.get("cursors", "a")).toBeUndefined();
    });

    it("does all of a commit or nothing", async () => {
      await store.commit([put("a", 1), ...enqueue(message("kept"))]);
      const kept = await first();
      const conflict = await store.commit([
        put("a", 2),
        put("new", 2),
        ...enqueue(message("m")),
        { kind: "delivered", message: kept },
        { kind: "remove", collection: "cursors", key: "a" },
        put("a", 3, { expected: 7 }),
      ]);
      expect(conflict).toEqual({ collection: "cursors", key: "a" });
      expect(await store.get("cursors", "a")).toEqual({ key: "a", value: cursor(1), version: 1 });
      expect(await store.get("cursors", "new")).toBeUndefined();
      expect(await ids()).toEqual(["kept"]);
    });

    it("does all of a large commit or nothing, and names the condition that didn't hold", async () => {
      await store.commit([put("taken", 1)]);
      const many = Array.from({ length: 500 }, (_, index) => put(`k${index}`, index, { expected: 0 }));
      const refused = [...many.slice(0, 300), put("taken", 2, { expected: 0 }), ...many.slice(300)];
      expect(await store.commit(refused)).toEqual({ collection: "cursors", key: "taken" });
      expect(await store.list("cursors", { limit: 999 })).toHaveLength(1);
      expect(await store.commit(many)).toBeUndefined();
      expect(await store.list("cursors", { limit: 999 })).toHaveLength(501);
    });

    it("does what is asked at the same time in the order of asking", async () => {
      const asked = [1, 2, 3].flatMap((at) => [
        store.commit([put("a", at, { expected: at - 1 })]),
        store.get("cursors", "a"),
      ]);
      const seen = await Promise.all(asked);
      const at = [1, 2, 3].map((version) => ({ key: "a", value: cursor(version), version }));
      expect(seen).toEqual([undefined, at[0], undefined, at[1], undefined, at[2]]);
    });

    it("tells what is due, the longest overdue first", async () => {
      await store.commit([put("late", 1, { due: 30 }), put("soon", 1, { due: 10 }), put("never", 1)]);
      await store.commit([put("also", 1, { due: 10 })]);
      const due = async (until: number, limit = 9): Promise<string[]> =>
        (await store.due("cursors", until, limit)).map(({ key }) => key);
      expect(await due(9)).toEqual([]);
      expect(await due(10)).toEqual(["also", "soon"]);
      expect(await due(99)).toEqual(["also", "soon", "late"]);
      expect(await due(99, 1)).toEqual(["also"]);
      await store.commit([put("also", 2)]);
      expect(await due(10)).toEqual(["soon"]);
    });

    it("forgets what has expired", async () => {
      await store.commit([put("old", 1, { expires: 10 }), put("new", 1, { expires: 20 }), put("always", 1)]);
      expect(await store.forget(20)).toBe(1);
      expect((await store.list("cursors", { limit: 9 })).map(({ key }) => key)).toEqual(["always", "new"]);
    });

    it("hands out copies", async () => {
      const value = { ...cursor(1) };
      await store.commit([{ kind: "put", collection: "cursors", key: "a", value }]);
      value.at = 2;
      expect((await store.get("cursors", "a"))?.value).toEqual(cursor(1));
    });
  });

  describe("outbox", () => {
    it("keeps the order of a channel, apart from others", async () => {
      await store.commit(enqueue(message("2"), message("x", "other"), message("1")));
      await store.commit(enqueue(message("0")));
      expect(await ids()).toEqual(["2", "1", "0"]);
      expect(await ids("other")).toEqual(["x"]);
      const { position, ...rest } = await first();
      expect(rest).toEqual({ ...message("2"), attempts: 0, notBefore: 0 });
      expect(await ids("team", position)).toEqual(["1", "0"]);
    });

    it("takes a message once", async () => {
      await store.commit(enqueue(message("a")));
      await store.commit(enqueue({ ...message("a"), payload: "another" }));
      expect(await ids()).toEqual(["a"]);
      expect((await first()).payload).toBe('{"text":"about a"}');
    });

    it("never gives a position twice", async () => {
      await store.commit(enqueue(message("a")));
      const { position } = await first();
      await store.commit([{ kind: "delivered", message: await first() }]);
      await store.commit(enqueue(message("b")));
      expect((await first()).position).toBeGreaterThan(position);
    });

    it("postpones, and delivers once", async () => {
      await store.commit(enqueue(message("a")));
      const one = await first();
      await store.commit([{ kind: "postpone", message: one, attempts: 3, notBefore: 77 }]);
      expect(await first()).toMatchObject({ attempts: 3, notBefore: 77 });
      await store.commit([{ kind: "delivered", message: one }]);
      expect(await ids()).toEqual([]);
      // Another worker was faster: nothing happens.
      await store.commit([
        { kind: "delivered", message: one },
        { kind: "postpone", message: one, attempts: 1, notBefore: 1 },
        { kind: "set-aside", message: one, attempts: 1, at: 1, reason: "late" },
      ]);
      expect(await store.backlog()).toEqual([]);
    });

    it("sets aside with the reason, and puts back at the end of the line", async () => {
      await store.commit(enqueue(message("bad"), message("good", "team", 5)));
      const bad = await first();
      const aside: Write = { kind: "set-aside", message: bad, attempts: 2, at: 9, reason: "invalid_blocks" };
      await store.commit([aside]);
      expect(await ids()).toEqual(["good"]);
      expect(await store.setAside(9)).toEqual([
        { ...message("bad"), attempts: 2, at: 9, reason: "invalid_blocks" },
      ]);
      expect(await store.setAside(9, "other")).toEqual([]);
      expect(await store.backlog()).toEqual([{ channel: "team", pending: 1, oldest: 5, setAside: 1 }]);
      await store.commit([{ kind: "requeue", id: "bad" }]);
      expect(await ids()).toEqual(["good", "bad"]);
      expect(await store.setAside(9)).toEqual([]);
      // What was decided about its former place no longer counts.
      await store.commit([aside, { kind: "delivered", message: bad }, { kind: "requeue", id: "good" }]);
      expect(await ids()).toEqual(["good", "bad"]);
    });

    it("tells how every channel stands", async () => {
      await store.commit(enqueue(message("b", "b", 4), message("a", "a", 3), message("b2", "b", 2)));
      expect(await store.backlog()).toEqual([
        { channel: "a", pending: 1, oldest: 3, setAside: 0 },
        { channel: "b", pending: 2, oldest: 2, setAside: 0 },
      ]);
    });
  });

  describe("leases", () => {
    const request = (owner: string, now: number) => ({ name: "deliver team", owner, now, lasts: 10 });

    it("go to one at a time", async () => {
      expect(await acquireLease(store, request("a", 0))).toBe(true);
      expect(await acquireLease(store, request("b", 9))).toBe(false);
      expect(await acquireLease(store, request("a", 9))).toBe(true);
      expect(await acquireLease(store, request("b", 18))).toBe(false);
      expect(await acquireLease(store, request("b", 19))).toBe(true);
      expect(await acquireLease(store, request("a", 19))).toBe(false);
    });

    it("are taken over at once from holders that are gone", async () => {
      await acquireLease(store, request("a", 0));
      expect(await acquireLease(store, { ...request("b", 1), isGone: (owner) => owner === "c" })).toBe(false);
      expect(await acquireLease(store, { ...request("b", 1), isGone: (owner) => owner === "a" })).toBe(true);
    });

    it("are given back by their holder only", async () => {
      await acquireLease(store, request("a", 0));
      await releaseLeases(store, "b", ["deliver team"]);
      expect(await acquireLease(store, request("b", 1))).toBe(false);
      await releaseLeases(store, "a", ["deliver team", "never taken"]);
      expect(await acquireLease(store, request("b", 1))).toBe(true);
    });

    it("go to one of two that ask at the same time", async () => {
      const taken = await Promise.all(["a", "b", "c"].map((owner) => acquireLease(store, request(owner, 0))));
      expect(taken.filter(Boolean)).toHaveLength(1);
    });
  });

  it("commits units one by one where one of them is refused", async () => {
    const small = Object.create(store, {
      maxWrites: { value: 4 },
      commit: { value: store.commit.bind(store) },
    }) as Store;
    await store.commit([put("taken", 1)]);
    const units = [
      [put("a", 1), put("b", 1)],
      [put("half", 1), put("taken", 2, { expected: 0 })],
      [put("c", 1)],
      [put("d", 1), put("e", 1), put("f", 1), put("g", 1)],
    ];
    expect(await commitUnits(small, units)).toEqual([
      { index: 1, conflict: { collection: "cursors", key: "taken" } },
    ]);
    expect((await store.list("cursors", { limit: 99 })).map(({ key }) => key).join(" ")).toBe(
      "a b c d e f g taken",
    );
    await expect(commitUnits(small, [Array.from({ length: 5 }, () => put("x", 1))])).rejects.toThrow(
      RangeError,
    );
  });
});

describe("all stores", () => {
  const key = fc.constantFrom("a", "b", "c");
  const expected = fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined });
  const known: MessageKey[] = ["a", "b", "c"].flatMap((id) =>
    [1, 2, 3].map((position) => ({ id, position, channel: "team" })),
  );
  const anyWrite: fc.Arbitrary<Write> = fc.oneof(
    fc
      .tuple(key, fc.nat(9), expected, fc.option(fc.nat(9), { nil: undefined }))
      .map(([k, at, version, due]) =>
        put(k, at, {
          ...(version === undefined ? {} : { expected: version }),
          ...(due === undefined ? {} : { due, expires: due }),
        }),
      ),
    fc.tuple(key, expected).map(
      ([k, version]): Write => ({
        kind: "remove",
        collection: "cursors",
        key: k,
        ...(version === undefined ? {} : { expected: version }),
      }),
    ),
    key.map((id): Write => ({ kind: "enqueue", message: message(id) })),
    fc.constantFrom(...known).map((each): Write => ({ kind: "delivered", message: each })),
    fc
      .constantFrom(...known)
      .map((each): Write => ({ kind: "postpone", message: each, attempts: 1, notBefore: 5 })),
    fc
      .constantFrom(...known)
      .map((each): Write => ({ kind: "set-aside", message: each, attempts: 1, at: 3, reason: "r" })),
    key.map((id): Write => ({ kind: "requeue", id })),
  );
  const see = async (store: Store) => {
    const pending = await store.pending("team", 0, 99);
    const heads = pending.map(({ payload: _, ...head }) => head);
    expect(await store.pendingHeads("team", 0, 99)).toEqual(heads);
    return {
      records: await store.list("cursors", { limit: 99 }),
      due: await store.due("cursors", 5, 99),
      pending: pending.map(({ position: _, ...rest }) => rest),
      setAside: await store.setAside(99),
      backlog: await store.backlog(),
    };
  };

  it("do the same with any commits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyWrite, { maxLength: 5 }), { maxLength: 12 }), async (commits) => {
        const stores = await Promise.all(Object.values(KINDS).map((open) => open()));
        try {
          const all = async (ask: (store: Store) => Promise<unknown>): Promise<void> => {
            const [first, ...others] = await Promise.all(stores.map(ask));
            for (const other of others) expect(other).toEqual(first);
          };
          // Positions may differ after commits that were refused: each store is told its own.
          for (const commit of commits) await all(async (store) => store.commit(await placed(store, commit)));
          await all((store) => store.forget(4));
          await all(see);
        } finally {
          await Promise.all(stores.map((store) => store.close()));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("do the same with commits of many writes of a kind beside each other", async () => {
    const keys = fc.array(
      fc.nat(59).map((number) => `k${number}`),
      { minLength: 1, maxLength: 40 },
    );
    const new_ = keys.map((some) => some.map((k) => put(k, 1, { expected: 0 })));
    const any = keys.map((some) =>
      some.map((k, at) => put(k, at, at % 3 === 0 ? { due: at, expires: at } : {})),
    );
    const sent = keys.map((some) => enqueue(...some.map((k) => message(k))));
    const done = keys.map((some) =>
      some.map((id): Write => ({ kind: "delivered", message: { id, position: 0, channel: "team" } })),
    );
    const runs = fc.array(fc.oneof(new_, any, sent, done), { minLength: 1, maxLength: 4 });
    const conflicts: unknown[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(runs, { minLength: 1, maxLength: 5 }), async (commits) => {
        const stores = await Promise.all(Object.values(KINDS).map((open) => open()));
        try {
          for (const commit of commits) {
            const [first, ...others] = await Promise.all(
              stores.map(async (store) => store.commit(await placed(store, commit.flat()))),
            );
            for (const other of others) expect(other).toEqual(first);
            if (first) conflicts.push(first);
          }
          const [first, ...others] = await Promise.all(stores.map(see));
          for (const other of others) expect(other).toEqual(first);
        } finally {
          await Promise.all(stores.map((store) => store.close()));
        }
      }),
      { numRuns: 30 },
    );
    expect(conflicts).not.toEqual([]);
  });

  it("name the write of several whose condition didn't hold, the first of two too", async () => {
    for (const open of Object.values(KINDS)) {
      const store = await open();
      await store.commit([put("k7", 1), put("k30", 1)]);
      const fresh = (from: number, to: number): Write[] =>
        Array.from({ length: to - from }, (_, index) => put(`k${from + index}`, 1, { expected: 0 }));
      expect(await store.commit(fresh(0, 40))).toEqual({ collection: "cursors", key: "k7" });
      expect(await store.commit(fresh(8, 40))).toEqual({ collection: "cursors", key: "k30" });
      // The same one twice: the second finds the first.
      expect(await store.commit([...fresh(0, 5), ...fresh(3, 6)])).toEqual({
        collection: "cursors",
        key: "k3",
      });
      const later: Write = { ...put("k2", 1, { expected: 9 }), collection: "groups" } as Write;
      expect(await store.commit([...fresh(0, 5), later])).toEqual({ collection: "groups", key: "k2" });
      expect(await store.list("cursors", { limit: 99 })).toHaveLength(2);
      expect(await store.commit(fresh(0, 5))).toBeUndefined();
      await store.close();
    }
  });

  it("number messages in the order in which they are enqueued, however many at once", async () => {
    for (const open of Object.values(KINDS)) {
      const store = await open();
      const ids = Array.from({ length: 100 }, (_, index) => `m${(index * 37) % 100}`);
      await store.commit(enqueue(...ids.slice(30, 50).map((id) => message(id))));
      await store.commit(enqueue(...ids.map((id) => message(id))));
      const order = (await store.pending("team", 0, 999)).map(({ id }) => id);
      expect(order).toEqual([...ids.slice(30, 50), ...ids.slice(0, 30), ...ids.slice(50)]);
      await store.close();
    }
  });

  async function placed(store: Store, commit: readonly Write[]): Promise<readonly Write[]> {
    const places = new Map((await store.pending("team", 0, 99)).map(({ id, position }) => [id, position]));
    return commit.map((write) =>
      write.kind === "delivered" || write.kind === "postpone" || write.kind === "set-aside"
        ? { ...write, message: { ...write.message, position: places.get(write.message.id) ?? 0 } }
        : write,
    );
  }
});

describe.each(Object.entries(FILES))("the %s store's file", (_kind, open) => {
  it("is for its owner only, and holds everything when it is opened again", async () => {
    const path = newFile();
    const store = await open(path);
    await store.commit([put("a", 1), ...enqueue(message("m"))]);
    await store.close();
    expect(statSync(path).mode & 0o077).toBe(0);
    const again = await open(path);
    expect(await again.get("cursors", "a")).toMatchObject({ value: cursor(1) });
    expect(await again.pending("team", 0, 9)).toMatchObject([message("m")]);
    await again.close();
  });

  it("is left alone once it is closed", async () => {
    const path = newFile();
    const store = await open(path);
    await store.commit([put("a", 1)]);
    await store.close();
    await store.close();
    const failure = { code: "store-failed", message: expect.stringContaining(path) };
    await expect(store.commit([put("a", 2)])).rejects.toMatchObject(failure);
    await expect(store.get("cursors", "a")).rejects.toMatchObject(failure);
    await expect(store.forget(9)).rejects.toMatchObject(failure);
    const again = await open(path);
    expect(await again.get("cursors", "a")).toMatchObject({ value: cursor(1) });
    await again.close();
  });

  it("is shared by several openers", async () => {
    const path = newFile();
    const [one, other] = [await open(path), await open(path)];
    expect(await one.commit([put("a", 1, { expected: 0 })])).toBeUndefined();
    expect(await other.commit([put("a", 1, { expected: 0 })])).toEqual({ collection: "cursors", key: "a" });
    await one.close();
    await other.close();
  });

  it("keeps a write-ahead log", async () => {
    const path = newFile();
    const store = await open(path);
    expect(new Database(path).prepare("PRAGMA journal_mode").raw().get()).toEqual(["wal"]);
    await store.close();
  });

  it.each([
    [
      "newer",
      (db: Database.Database) => db.exec("PRAGMA user_version = 99"),
      "store-newer",
      /version 99.*knows up to 1/,
    ],
    ["older", (db: Database.Database) => db.exec("PRAGMA user_version = 0"), "store-older", /version 0/],
    [
      "foreign",
      (db: Database.Database) => db.exec("PRAGMA application_id = 5"),
      "not-a-store",
      /not a store of Watchkeeper/,
    ],
  ])("is refused and left alone when it is %s", async (_, change, code, says) => {
    const path = newFile();
    await (await open(path)).close();
    const db = new Database(path);
    change(db);
    db.close();
    await expect(open(path)).rejects.toMatchObject({ code, message: expect.stringMatching(says) });
  });

  it("is refused when it is something else", async () => {
    const path = newFile();
    writeFileSync(path, "groceries\n".repeat(100));
    await expect(open(path)).rejects.toMatchObject({ code: "not-a-store" });
    await expect(open(join(folder, "no", "such", "folder.db"))).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringMatching(/no such file or directory/),
    });
  });

  it("says that the disk is full, stores nothing of the commit, and works again when there is room", async () => {
    const path = newFile();
    const store = await open(path, { maxPages: 30 });
    await store.commit([put("before", 1)]);
    const big = Array.from({ length: 100 }, (_, i) => ({ ...message(`m${i}`), payload: "x".repeat(3000) }));
    await expect(store.commit([put("with", 1), ...enqueue(...big)])).rejects.toMatchObject({
      code: "store-full",
      retryable: true,
      message: expect.stringContaining(path),
    });
    expect(await store.get("cursors", "with")).toBeUndefined();
    expect(await store.backlog()).toEqual([]);
    expect(await store.commit([put("after", 1)])).toBeUndefined();
    await store.close();
  });
});
