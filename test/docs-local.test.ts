// What docs/local.md says of the local cloud is so.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_ACCOUNTS } from "../src/local/accounts.ts";
import { type Listening, listen } from "../src/local/listen.ts";
import { createLocalCloud, type LocalCloud } from "../src/local/server.ts";
import { SERVICES } from "../src/local/services/registry.ts";

const PAGE = resolve(import.meta.dirname, "../docs/local.md");
const text = readFileSync(PAGE, "utf8");

function operationsTable(): string {
  const rows = Object.entries(SERVICES).map(([name, { handlers }]) => {
    const operations = Object.keys(handlers).sort();
    return `| \`${name}\` | ${operations.length} | ${operations.join(", ")} |`;
  });
  return `| service | operations | which |\n|---|---|---|\n${rows.join("\n")}`;
}

describe("docs/local.md", () => {
  let local: LocalCloud;
  let listening: Listening;

  beforeAll(async () => {
    local = createLocalCloud();
    listening = await listen(local);
  });

  afterAll(async () => {
    await listening.close();
    local.close();
  });

  it("lists the operations that there are (vitest --update writes them)", async () => {
    const current = text.replace(
      /(<!-- operations: .*? -->\n).*?(<!-- \/operations -->)/s,
      (_, before: string, after: string) => `${before}${operationsTable()}\n${after}`,
    );
    await expect(current).toMatchFileSnapshot(PAGE);
  });

  it("gives the keys of the accounts", () => {
    for (const { id, accessKeyId, secretAccessKey } of DEFAULT_ACCOUNTS)
      expect(text).toContain(`| \`${id}\` | \`${accessKeyId}\` | \`${secretAccessKey}\` |`);
  });

  const effects = [...(/`effect` \((.*?)\)/.exec(text)?.[1]?.matchAll(/`(\w+)`/g) ?? [])].map(
    ([, name]) => name,
  );

  it.each(effects.filter((name) => name !== "latencyMs"))(
    "names the effect %s, which there is",
    async (effect) => {
      const body = JSON.stringify({ rules: [{ effect }] });
      const answer = await fetch(`${listening.endpoint}/_local/faults`, { method: "PUT", body });
      expect(await answer.json()).toEqual({ rules: [{ effect }] });
    },
  );

  const commands = [
    ...text.matchAll(/^curl (?:-X (\w+) )?(?:-d '([^']*)' )?http:\/\/[^/]+(\/_local\/\w+)$/gm),
  ].map(([, method = "GET", body, path = ""]) => ({ method, path, body }));

  it("shows requests to the control interface", () => {
    expect(commands.length).toBe(text.match(/^curl /gm)?.length);
    expect(commands.length).toBeGreaterThan(5);
  });

  it.each(commands)("$method $path $body", async ({ method, path, body }) => {
    const answer = await fetch(`${listening.endpoint}${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
    });
    expect([answer.status, await answer.json()]).toEqual([200, expect.any(Object)]);
  });
});
