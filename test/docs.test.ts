import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { configurationDocs } from "./support/configuration-docs.ts";

const ROOT = resolve(import.meta.dirname, "..");

it("docs/configuration.md is what the schema says (npx vitest run test/docs.test.ts -u writes it)", async () => {
  await expect(configurationDocs()).toMatchFileSnapshot(join(ROOT, "docs/configuration.md"));
});

it("docs/permissions.md lists every operation that the product can call", () => {
  const text = readFileSync(join(ROOT, "docs/permissions.md"), "utf8");
  const missing: string[] = [];
  for (const file of readdirSync(join(ROOT, "src/aws/clients"))) {
    const service = file.replace(".ts", "").replace("service-quotas", "servicequotas");
    const commands = readFileSync(join(ROOT, "src/aws/clients", file), "utf8").matchAll(
      /^\s+(\w+)Command,/gm,
    );
    for (const [, operation] of commands) {
      const action = `${service}:${operation}`;
      if (!text.includes(`"${action}"`)) missing.push(action);
    }
  }
  expect(missing).toEqual([]);
});
