import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { notificationPaths } from "../src/notify/channels/notification-paths.ts";
import { channelDocs } from "./support/channel-docs.ts";

it("docs/channels.md is what the registry says (npx vitest run test/docs-channels.test.ts --update writes it)", async () => {
  await expect(channelDocs()).toMatchFileSnapshot(resolve(join(import.meta.dirname, "../docs/channels.md")));
});

it("docs/delivery.md lists what templates may name", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../docs/delivery.md"), "utf8");
  const listed = [...page.matchAll(/^\| (?:a notification|`([\w.]+)`) \| (`.*`) \|$/gm)].flatMap(
    ([, above, names = ""]) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name]) => (above === undefined ? name : `${above}.${name}`)),
  );
  expect(listed.sort()).toEqual([...notificationPaths()].sort());
});
