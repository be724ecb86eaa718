import { expect, it } from "vitest";
import { loaded } from "../../config/test-fixtures.ts";
import { knowledgeOf } from "../../notify/knowledge.ts";
import { ManualClock } from "../../support/clock.ts";
import { silentLogger } from "../../support/context.ts";
import type { AwsAccess } from "./aws-access.ts";
import { ResourceNames } from "./resource-names.ts";

const context = {
  clock: new ManualClock(new Date("2026-11-20T10:00:00Z")),
  random: () => 0.5,
  signal: new AbortController().signal,
  log: silentLogger,
};

it("knows what the configuration calls an account without a role, though its listing fails", async () => {
  const send = async () => {
    throw new Error("denied");
  };
  const session = { account: "111122223333", region: "eu-central-1", send };
  const places = [{ config: { name: "main" }, session }];
  const names = new ResourceNames();
  await names.refresh({ open: async () => ({ places }) } as unknown as AwsAccess, context);
  const configuration = loaded("version: 1\nname: a\nregions: [eu-central-1]\npolicies: []\n");
  const knowledge = knowledgeOf(configuration, names.lookup, names.accountName);
  expect(knowledge.accountName("111122223333")).toBe("main");
  expect(knowledge.accountName("444455556666")).toBeUndefined();
});
