import { describe, expect, it } from "vitest";
import type { ListenConfig } from "../model/notification-policy.ts";
import { loadConfiguration } from "./load.ts";
import { registries as plain } from "./test-fixtures.ts";

const registries = {
  ...plain,
  channels: {
    hook: {
      options: { url: { type: "text", description: "Address.", required: true } },
      url: { address: "url", example: "hook://example.com" },
    },
  },
} as const;

function load(listen: string, more = "topics: { ops: { name: ops } }\naccounts: [{ name: main }]") {
  const text = `version: 1
name: a
regions: [eu-central-1]
policies: []
${more}
notifications:
  listen: ${listen}
  channels: { team: "hook://example.com" }
  route: { receiver: team }
`;
  const { configuration, diagnostics } = loadConfiguration(text, "w.yaml", registries);
  return {
    listen: configuration?.notifications?.listen,
    said: diagnostics.map(({ line, message }) => `${line} ${message}`),
  };
}

describe("listen", () => {
  it.each<[string, ListenConfig]>([
    ["{ queue: inbox }", { queue: { name: "inbox" } }],
    [
      '{ queue: { name: in_box-1, region: eu-west-1, account: "012345678901" } }',
      { queue: { name: "in_box-1", region: "eu-west-1", account: "012345678901" } },
    ],
    ["{ queue: { name: inbox, account: main } }", { queue: { name: "inbox", account: "main" } }],
    [
      "{ queue: 'arn:aws-cn:sqs:cn-north-1:111122223333:inbox' }",
      { queue: { arn: "arn:aws-cn:sqs:cn-north-1:111122223333:inbox" } },
    ],
    ["{ endpoint: https://a.example.com/sns }", { endpoint: "https://a.example.com/sns" }],
    ["{ endpoint: http://127.0.0.1:8080 }", { endpoint: "http://127.0.0.1:8080" }],
    [
      "{ queue: inbox, endpoint: https://a.example.com }",
      { queue: { name: "inbox" }, endpoint: "https://a.example.com" },
    ],
  ])("%s", (text, listen) => {
    expect(load(text)).toEqual({ listen, said: [] });
  });

  it.each([
    ["{}", /^8 listen names nothing that listens/],
    ["inbox", /^8 listen must be a mapping/],
    ["{ queue: a.b }", /^8 "a.b" is no name of a queue/],
    ["{ queue: inbox.fifo }", /FIFO/],
    [`{ queue: ${"a".repeat(81)} }`, /80 at most/],
    ["{ queue: 'arn:aws:sns:eu-central-1:111122223333:ops' }", /is no ARN of a queue/],
    ["{ queue: 'arn:aws:sqs:cn-north-1:111122223333:inbox' }", /cn-north-1 is in partition aws-cn/],
    ["{ queue: { name: inbox, region: Frankfurt } }", /is no region/],
    ["{ queue: { name: inbox, account: mian } }", /unknown account "mian".*main/],
    ["{ queue: { name: inbox, acount: main } }", /acount/],
    ["{ endpoint: http://a.example.com }", /must be an https/],
    ["{ endpoint: a.example.com }", /must be an https/],
    ["{ queue: [a] }", /must be the name of a queue/],
  ])("refuses %s", (text, message) => {
    const { listen, said } = load(text);
    expect(listen).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(message)]);
  });

  it("never repeats an address with a password", () => {
    const { said } = load("{ endpoint: https://kim:hunter2@a.example.com }");
    expect(said).toEqual([expect.stringMatching(/must not hold a password/)]);
    expect(said.join()).not.toContain("hunter2");
  });

  it("warns when there is no topic to hear", () => {
    expect(load("{ queue: inbox }", "")).toEqual({
      listen: { queue: { name: "inbox" } },
      said: [expect.stringMatching(/topics: names none/)],
    });
  });
});
