import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { channelDocs } from "./support/channel-docs.ts";

it("docs/channels.md is what the registry says (npx vitest run test/docs-channels.test.ts --update writes it)", async () => {
  await expect(channelDocs()).toMatchFileSnapshot(resolve(join(import.meta.dirname, "../docs/channels.md")));
});
