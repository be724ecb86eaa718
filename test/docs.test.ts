import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, it } from "vitest";
import { RESOURCE_TYPES } from "../src/inventory/registry.ts";
import { configurationDocs } from "./support/configuration-docs.ts";

const ROOT = resolve(import.meta.dirname, "..");

it("docs/configuration.md is what the schema says (npx vitest run test/docs.test.ts -u writes it)", async () => {
  await expect(configurationDocs()).toMatchFileSnapshot(join(ROOT, "docs/configuration.md"));
});

/** What IAM calls services that the SDK calls otherwise. */
const IAM_PREFIXES: Readonly<Record<string, string>> = {
  elbv2: "elasticloadbalancing",
  "service-quotas": "servicequotas",
};

it("docs/permissions.md lists every operation that the product can call", () => {
  const text = readFileSync(join(ROOT, "docs/permissions.md"), "utf8");
  const missing: string[] = [];
  for (const file of readdirSync(join(ROOT, "src/aws/clients"))) {
    const name = file.replace(".ts", "");
    const service = IAM_PREFIXES[name] ?? name;
    const commands = readFileSync(join(ROOT, "src/aws/clients", file), "utf8").matchAll(
      /^\s+(\w+)Command,/gm,
    );
    for (const [, operation] of commands) {
      const action = `${service}:${operation}`;
      if (!text.includes(`"${action}"`)) missing.push(action);
    }
  }
  for (const { operations } of Object.values(RESOURCE_TYPES))
    missing.push(...operations.filter((action) => !text.includes(`"${action}"`)));
  expect(missing).toEqual([]);
});

it("every page that a page or the program names is there", () => {
  const sources = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter(
    (path) =>
      /^(README|ARCHITECTURE|CONTRIBUTING|CHANGELOG|SECURITY)\.md$|^(docs|src)\/.*\.(md|ts)$/.test(path) &&
      !/\.test\.ts$/.test(path),
  );
  const missing = sources.flatMap((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    const named = [...text.matchAll(/\bdocs\/[a-z-]+\.md\b/g)].map(([page]) => page);
    const linked = path.endsWith(".md")
      ? [...text.matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, link = ""]) => join(dirname(path), link))
      : [];
    return [...named, ...linked]
      .filter((page) => !existsSync(join(ROOT, page)))
      .map((page) => `${path}: ${page}`);
  });
  expect(missing).toEqual([]);
});
