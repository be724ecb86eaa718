import { expect, it } from "vitest";
import { configurationTags } from "../../alarms/spec/tags.ts";
import type { PacedSession } from "../../aws/account-link.ts";
import { loaded } from "../../config/test-fixtures.ts";
import type { AwsAccess } from "../notify/aws-access.ts";
import { configuredQueue } from "./configured-queue.ts";

const URL = "https://sqs.eu-central-1.amazonaws.com/111122223333/inbox";
const configuration = {
  ...loaded("version: 1\nname: web-team\nregions: [eu-central-1]\npolicies: []\n"),
  notifications: {
    listen: { queue: { name: "inbox" } },
    channels: {},
    inhibitRules: [],
    timeIntervals: {},
  },
} as unknown as Parameters<typeof configuredQueue>[0];

function find(tags: Readonly<Record<string, string>>) {
  const session = {
    account: "111122223333",
    region: "eu-central-1",
    partition: "aws",
    send: async (_: string, operation: string) =>
      operation === "ListQueueTags" ? { Tags: tags } : { QueueUrl: URL },
    inRegion: () => session,
  } as unknown as PacedSession;
  const reached = [{ config: configuration.accounts[0], session }];
  const open = { places: reached, reached, unreachable: [] };
  return configuredQueue(configuration, { open: async () => open } as unknown as AwsAccess);
}

it("is read when this configuration made it", async () => {
  const [tag] = configurationTags("web-team");
  expect(await find({ [tag?.Key ?? ""]: tag?.Value ?? "" })).toMatchObject({ url: URL });
});

it.each([
  ["nobody's", {}],
  [
    "another configuration's",
    { [configurationTags("b")[0]?.Key ?? ""]: configurationTags("b")[0]?.Value ?? "" },
  ],
])("is left alone when it is %s: reading would take its messages", async (_, tags) => {
  await expect(find(tags)).rejects.toMatchObject({ code: "foreign-queue" });
});
