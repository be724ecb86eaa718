import { describe, expect, it } from "vitest";
import type { ListenConfig } from "../../model/notification-policy.ts";
import { loadConfiguration } from "../load.ts";
import { registries as plain } from "../test-fixtures.ts";

const registries = {
  ...plain,
  channels: {
    hook: {
      options: { url: { type: "text", description: "Address.", required: true } },
      url: { address: "url", example: "hook://example.com" },
    },
  },
} as const;

function load(
  listen: string,
  more = "topics: { ops: { name: ops } }\naccounts: [{ name: main }, { name: west, regions: [eu-west-1] }]",
  regions = "regions: [eu-central-1]",
) {
  const text = `version: 1
name: a
${regions}
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
      "{ queue: { name: inbox, region: eu-central-1 } }",
      { queue: { name: "inbox", region: "eu-central-1" } },
    ],
    [
      "{ queue: { name: inbox, region: eu-west-1, account: west } }",
      { queue: { name: "inbox", region: "eu-west-1", account: "west" } },
    ],
    [
      "{ queue: 'arn:aws:sqs:us-east-1:111122223333:inbox' }",
      { queue: { arn: "arn:aws:sqs:us-east-1:111122223333:inbox" } },
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

  const CHINA = "arn:aws-cn:sqs:cn-north-1:111122223333:inbox";
  it.each([
    [
      `{ queue: '${CHINA}' }`,
      undefined,
      undefined,
      /^8 no topic of this configuration can send to this queue: topics of partition aws can't/,
    ],
    [
      "{ queue: { name: inbox, region: cn-north-1 } }",
      undefined,
      undefined,
      /^8 no topic .* partition aws-cn/,
    ],
    [
      "{ queue: { name: inbox, region: eu-south-1 } }",
      "topics: { ops: { arn: 'arn:aws:sns:me-south-1:111122223333:ops' } }",
      "regions: [eu-south-1]",
      /^7 no topic .* SNS doesn't deliver from me-south-1 to eu-south-1/,
    ],
    [
      "{ queue: inbox }",
      "topics: { ops: { arn: 'arn:aws:sns:me-south-1:111122223333:ops' } }",
      "regions: [eu-south-1]",
      /^7 no topic .* SNS doesn't deliver from me-south-1 to eu-south-1/,
    ],
  ])("refuses a queue that no topic can send to: %s", (listen, more, regions, message) => {
    const { said } = load(listen, more, regions);
    expect(said).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    [
      "{ queue: { name: inbox, region: eu-cental-1 } }",
      undefined,
      /none of its account's regions \(eu-central-1\)\. Did you mean "eu-central-1"\?/,
    ],
    [
      "{ queue: { name: inbox, region: us-east-1 } }",
      undefined,
      /\(eu-central-1\)\. It is made there all the same/,
    ],
    ["{ queue: { name: inbox, region: eu-central-1, account: west } }", undefined, /\(eu-west-1\)/],
    [
      "{ queue: { name: inbox, region: eu-cental-1 } }",
      "",
      /no region "eu-cental-1" is known here\. Did you mean "eu-central-1"\?/,
    ],
  ])("warns of a region that the configuration doesn't have: %s", (text, regions, message) => {
    const { listen, said } = load(
      text,
      regions === "" ? "topics: { ops: { name: ops } }" : undefined,
      regions,
    );
    expect(listen).toBeDefined();
    expect(said).toEqual([expect.stringMatching(message)]);
  });

  it("knows an account by its id, and judges by all where the file doesn't tell it apart", () => {
    const west = "{ name: west, role: 'arn:aws:iam::444455556666:role/w', regions: [eu-west-1] }";
    const more = `topics: { ops: { name: ops } }\naccounts: [{ name: main }, ${west}]`;
    const said = (region: string, account: string) =>
      load(`{ queue: { name: inbox, region: ${region}, account: '${account}' } }`, more).said;
    expect(said("eu-west-1", "444455556666")).toEqual([]);
    expect(said("eu-central-1", "444455556666")).toEqual([expect.stringMatching(/regions \(eu-west-1\)/)]);
    for (const region of ["eu-central-1", "eu-west-1"]) expect(said(region, "111122223333")).toEqual([]);
    expect(said("us-east-1", "111122223333")).toEqual([expect.stringMatching(/\(eu-central-1, eu-west-1\)/)]);
  });

  it("takes any known region where regions come from the environment", () => {
    expect(
      load("{ queue: { name: inbox, region: sa-east-1 } }", "topics: { ops: { name: ops } }", "").said,
    ).toEqual([]);
  });
});
