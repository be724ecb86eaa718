import { describe, expect, it } from "vitest";
import type { NotificationPolicy } from "../../model/notification-policy.ts";
import { formatDiagnostic } from "../../support/diagnostic.ts";
import { loadConfiguration } from "../load.ts";
import type { ChannelForm, ConfigRegistries } from "../registries.ts";
import { registries as plain } from "../test-fixtures.ts";

const slack: ChannelForm = {
  options: {
    token: { type: "secret", description: "Bot token.", required: true },
    channel: {
      type: "text",
      description: "Channel.",
      required: true,
      pattern: /C\d+/,
      form: "an id such as C123",
    },
    mention: { type: "text", description: "Whom to call." },
    threads: { type: "flag", description: "History in a thread." },
    most: { type: "number", description: "Alerts shown.", least: 1, most: 50 },
    users: { type: "list", description: "People." },
  },
  url: { user: "token", path: "channel", example: "slack://env:TOKEN@/C123" },
  check: ({ mention, users }) => (mention && users ? "can't have mention and users at once" : undefined),
};
const webhook: ChannelForm = {
  options: {
    url: { type: "text", description: "Address.", required: true },
    key: { type: "secret", description: "HMAC key." },
    headers: { type: "map", description: "Headers." },
  },
  url: { user: "key", address: "url", example: "webhook://example.com/x" },
};
const hook: ChannelForm = {
  options: { url: { type: "secret", description: "Address.", required: true } },
  url: { address: "url", example: "hook://env:URL" },
};
const chat: ChannelForm = {
  options: {
    token: { type: "secret", description: "Token.", required: true },
    channel: { type: "text", description: "Where to.", required: true },
    flag: { type: "flag", description: "A flag." },
  },
  url: { user: "token", path: "channel", example: "chat://env:TOKEN@/@name" },
};
const registries: ConfigRegistries = { ...plain, channels: { slack, webhook, hook, chat } };

const HEAD = "version: 1\nname: a\nregions: [eu-central-1]\npolicies: []\nnotifications:\n";
const indent = (yaml: string): string => yaml.replace(/^(?=.)/gm, "  ");
const CHANNELS = `channels:
  team: slack://env:SLACK_TOKEN@/C123
  oncall: { kind: webhook, url: "https://example.com" }
`;

function load(yaml: string) {
  return loadConfiguration(`${HEAD}${indent(yaml)}`, "w.yaml", registries);
}

function policyOf(yaml: string): NotificationPolicy {
  const { configuration, diagnostics } = load(yaml);
  if (!configuration?.notifications) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return configuration.notifications;
}

/** Messages, without the file's name; lines and columns count from below `notifications:`. */
const complaints = (yaml: string): string[] =>
  load(yaml).diagnostics.map((diagnostic) =>
    formatDiagnostic({
      ...diagnostic,
      path: "",
      line: (diagnostic.line ?? 0) - 5,
      column: (diagnostic.column ?? 0) - 2,
    }).replace(/^:/, ""),
  );

describe("channels", () => {
  const channel = (text: string): string => `channels:\n  c: ${text}\nroute: { receiver: c }\n`;
  const optionsOf = (text: string) => policyOf(channel(text)).channels["c"];

  it("are short URLs or mappings", () => {
    const policy = policyOf(`${CHANNELS}route: { receiver: [team, oncall] }\n`);
    expect(policy.channels).toMatchObject({
      team: {
        name: "team",
        kind: "slack",
        options: { token: "env:SLACK_TOKEN", channel: "C123" },
        secrets: { token: { store: "env", name: "SLACK_TOKEN" } },
        sendResolved: true,
        position: { line: 7, column: 5 },
      },
      oncall: { kind: "webhook", options: { url: "https://example.com" }, secrets: {} },
    });
  });

  it.each([
    [
      "slack://ssm:/slack/token@/C1?mention=@here",
      { token: "ssm:/slack/token", channel: "C1", mention: "@here" },
    ],
    ["slack://env:T@/C1?threads=true&most=5&users=a,+b", { threads: true, most: 5, users: ["a", "+b"] }],
    ["chat://ssm:/a/b@/@news", { token: "ssm:/a/b", channel: "@news" }],
    ["chat://env:T@/@news?flag", { channel: "@news", flag: true }],
    ["webhook://example.com/a/b", { url: "https://example.com/a/b" }],
    ["webhook://127.0.0.1:8080/a", { url: "http://127.0.0.1:8080/a" }],
    ["webhook://kms:AQIDB+/=@localhost/x", { url: "http://localhost/x", key: "kms:AQIDB+/=" }],
    ["hook://secretsmanager:prod/hook", { url: "secretsmanager:prod/hook" }],
    ["{ kind: slack, token: env:T, channel: C1, users: [a, b] }", { users: ["a", "b"] }],
    ["{ kind: webhook, url: x, headers: { A: b } }", { headers: { A: "b" } }],
  ])("%s", (text, options) => {
    expect(optionsOf(text)?.options).toMatchObject(options);
  });

  it("may want no recoveries", () => {
    expect(optionsOf("slack://env:T@/C1?send_resolved=false")?.sendResolved).toBe(false);
    expect(optionsOf("{ kind: slack, token: env:T, channel: C1, send_resolved: false }")?.sendResolved).toBe(
      false,
    );
  });

  it.each([
    ["slak://env:T@/C1", '2:6  unknown kind of channel "slak". Did you mean "slack"?'],
    ["C123", "2:6  this channel must begin with the kind of channel"],
    ["slack://env:T@/D1", "2:6  channel must be an id such as C123"],
    [
      "slack://env:T@host/C1",
      "2:6  this slack channel can't have a host: for example slack://env:TOKEN@/C123",
    ],
    [
      "slack://env:T@/C1?mentoin=@here",
      '2:6  this slack channel has no option "mentoin". Did you mean "mention"?',
    ],
    ["slack://env:T@/C1?most=1&most=2", '2:6  this channel says "most" twice'],
    ["slack://env:T@/C1?most=many", '2:6  most must be a number, not "many"'],
    ["slack://env:T@/C1?most=99", "2:6  most must be at most 50, not 99"],
    ["slack://env:T@/C1?send_resolved=no", "2:6  send_resolved must be true or false"],
    ["slack:///C1", "2:6  token is missing"],
    ["slack://env:T@", "2:6  channel is missing"],
    ["{ kind: slack, token: env:T }", "2:3  channel is missing"],
    ["{ kind: slack, token: env:T, chanel: C1 }", 'unknown key "chanel" in c. Did you mean "channel"?'],
    [
      "{ kind: slack, token: env:T, channel: C1, mention: a, users: b }",
      '2:3  channel "c" can\'t have mention and users at once',
    ],
    ["{ token: env:T }", "2:3  kind is missing"],
    ["[a]", "must be a short URL such as slack://env:SLACK_TOKEN@/C123, or a mapping with kind"],
  ])("%s is refused", (text, message) => {
    expect(complaints(channel(text)).join("\n")).toContain(message);
  });

  it.each([
    "slack://xoxb-1234-abcd@/C1",
    "{ kind: slack, token: xoxb-1234-abcd, channel: C1 }",
    "{ kind: slack, token: 1234, channel: C1 }",
    "hook://hooks.example.com/services/xoxb-1234-abcd",
    "slack://xoxb-1234-abcd@host/D1?nothing=xoxb-1234-abcd2",
  ])("%s holds a secret, which is refused and not repeated", (text) => {
    const said = complaints(channel(text)).join("\n");
    expect(said).not.toContain("1234");
    expect(said).toMatch(/must be a reference \(env:NAME, ssm:\/name|nothing/);
  });
});

describe("the route tree", () => {
  it("hands down what routes don't say, but no time intervals", () => {
    const policy = policyOf(`${CHANNELS}receivers: { everyone: [team, oncall, team] }
time_intervals: [{ name: nights, time_intervals: [{ times: [{ start_time: "22:00", end_time: "24:00" }] }] }]
route:
  receiver: team
  group_by: [region, alertname]
  group_wait: 10s
  routes:
    - matchers: [severity="critical", 'tag:Team=~"a|b"']
      receiver: everyone
      continue: true
      group_by: ...
      mute_time_intervals: nights
      routes: [{ matchers: region=eu-west-1, repeat_interval: 1h }]
    - { active_time_intervals: [nights], receiver: [], group_wait: 0 }
`);
    const inherited = { groupWait: 10, groupInterval: 300, repeatInterval: 14_400 };
    expect(policy.route).toMatchObject({
      id: "{}",
      channels: ["team"],
      groupBy: ["alertname", "region"],
      ...inherited,
    });
    expect(policy.route.routes).toMatchObject([
      {
        id: '{}/{severity="critical",tag:Team=~"a|b"}/0',
        channels: ["team", "oncall"],
        continue: true,
        groupBy: "all",
        muteTimeIntervals: ["nights"],
        ...inherited,
        routes: [
          {
            matchers: [{ name: "region", operator: "=", value: "eu-west-1" }],
            channels: ["team", "oncall"],
            groupBy: "all",
            muteTimeIntervals: [],
            repeatInterval: 3600,
          },
        ],
      },
      { channels: [], groupWait: 0, activeTimeIntervals: ["nights"], groupBy: ["alertname", "region"] },
    ]);
  });

  it("says once that the route is missing, and what to write", () => {
    expect(complaints(CHANNELS)).toEqual([
      expect.stringContaining(
        "route is missing: write route: { receiver: … }, the channel that hears the rest",
      ),
    ]);
  });

  it("leaves group_wait open where nobody says it", () => {
    expect(policyOf(`${CHANNELS}route: { receiver: team }\n`).route).not.toHaveProperty("groupWait");
  });

  it.each([
    ["route: { receiver: taem }", '4:20  unknown receiver "taem". Did you mean "team"?'],
    ["route: { receiver: [team, zebra] }", '4:27  unknown receiver "zebra". There are: team, oncall'],
    [
      "route: {}",
      "4:1  the route tree reaches no channel, nobody would be told of anything: it has no receiver",
    ],
    [
      "route: { receiver: [] }",
      "the route tree reaches no channel, nobody would be told of anything: its receivers lead to none",
    ],
    [
      "route: { routes: [{ matchers: a=b, receiver: [team, oncall] }] }",
      "4:1  warning: the root route has no receiver",
    ],
    ["route: { receiver: team }", '3:3  warning: no route leads to channel "oncall"'],
    ["route: { receiver: team, matchers: a=b }", "4:26  the root route can't have matchers"],
    ["route: { receiver: team, group_interval: 0 }", "group_interval must be more than 0"],
    ["route: { receiver: team, group_by: [a, a] }", 'group_by has "a" twice'],
    ["route: { receiver: team, group_by: [a, ...] }", 'group_by has "..." for all labels and others besides'],
    ["route: { receiver: team, group_wait: soon }", "group_wait must be a duration"],
    ["route: { receiver: team, groupby: [a] }", 'unknown key "groupby" in route. Did you mean "group_by"?'],
    [
      "route: { receiver: team, routes: [{ matchers: critical }] }",
      '4:47  "critical" is no matcher: write name="value"',
    ],
    [
      "route: { receiver: team, routes: [{ matchers: ['a=~\"(\"'] }] }",
      '"(" is no regular expression: Unterminated group',
    ],
    [
      "route: { receiver: team, routes: [{ mute_time_intervals: [night] }] }",
      'unknown time-interval "night". There is none yet',
    ],
    ["route: { receiver: team }\nreceivers: { team: [oncall] }", '5:14  "team" is a channel already'],
    ["route: { receiver: team }\nreceivers: { x: [temu] }", 'unknown channel "temu". Did you mean "team"?'],
    ["route: { receiver: team }\ninhibit_rules: [{ source_matchers: a=b }]", "target_matchers is missing"],
    [
      "route: { receiver: team }\ninhibit_rules: [{ source_matchers: a=b, target_matchers: c }]",
      '"c" is no matcher',
    ],
    ["receivers: { x: [team] }", "route is missing"],
  ])("%s", (yaml, message) => {
    expect(complaints(`${CHANNELS}${yaml}\n`).join("\n")).toContain(message);
  });

  it("says that there is no kind of channel where the program has none", () => {
    const text = `${HEAD}${indent(`${CHANNELS}route: { receiver: team }\n`)}`;
    const { diagnostics } = loadConfiguration(text, "w.yaml", plain);
    expect(diagnostics.map(({ code }) => code)).toContain("unknown-channel-kind");
  });
});

describe("inhibition", () => {
  it("is rules of matchers and labels that are equal", () => {
    const policy = policyOf(`${CHANNELS}route: { receiver: [team, oncall] }
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_matchers: severity=~"warning|info"
    equal: [resource, account]
`);
    expect(policy.inhibitRules).toEqual([
      {
        source: [{ name: "severity", operator: "=", value: "critical" }],
        target: [{ name: "severity", operator: "=~", value: "warning|info" }],
        equal: ["resource", "account"],
      },
    ]);
  });
});

describe("time intervals", () => {
  const interval = (yaml: string): string =>
    `${CHANNELS}route: { receiver: [team, oncall] }\ntime_intervals: [{ name: n, time_intervals: [${yaml}] }]\n`;

  it("have all of Alertmanager's parts", () => {
    const yaml = `{ times: [{ start_time: "09:30", end_time: "24:00" }], weekdays: ["monday:Friday", sunday], days_of_month: [1, "-3:-1", "5:-1"], months: ["january:march", 12], years: ["2026:2028"], location: Europe/Prague }`;
    expect(policyOf(interval(yaml)).timeIntervals["n"]).toEqual([
      {
        times: [{ begin: 570, end: 1440 }],
        weekdays: [
          { begin: 1, end: 5 },
          { begin: 0, end: 0 },
        ],
        daysOfMonth: [
          { begin: 1, end: 1 },
          { begin: -3, end: -1 },
          { begin: 5, end: -1 },
        ],
        months: [
          { begin: 1, end: 3 },
          { begin: 12, end: 12 },
        ],
        years: [{ begin: 2026, end: 2028 }],
        location: "Europe/Prague",
      },
    ]);
  });

  it.each([
    [
      '{ times: [{ start_time: "9:30", end_time: "10:00" }] }',
      'start_time must be a time such as 09:30, not "9:30"',
    ],
    [
      '{ times: [{ start_time: "22:00", end_time: "06:00" }] }',
      "a night needs two, until 24:00 and from 00:00",
    ],
    ["{ weekdays: [mondy] }", 'weekdays has no weekday "mondy". Did you mean "monday"?'],
    ['{ weekdays: ["friday:monday"] }', '"friday:monday" ends before it begins'],
    ["{ days_of_month: [0] }", 'days_of_month has no day "0"'],
    ['{ days_of_month: ["-1:3"] }', "must end from it, too"],
    ["{ months: [13] }", 'months has no month "13"'],
    ["{ years: [26] }", 'years has no year "26"'],
    ["{ location: Europe/Pargue }", 'unknown time zone "Europe/Pargue": did you mean "Europe/Prague"?'],
    ["{ weekday: [monday] }", 'unknown key "weekday"'],
  ])("%s", (yaml, message) => {
    expect(complaints(interval(yaml)).join("\n")).toContain(message);
  });

  it("have names of their own", () => {
    const yaml = `${CHANNELS}route: { receiver: [team, oncall] }\ntime_intervals: [{ name: n, time_intervals: [{}] }, { name: n, time_intervals: [{}] }]\n`;
    expect(complaints(yaml).join("\n")).toContain('two time_intervals are named "n"');
  });
});

describe("labels", () => {
  const known = { ...registries, labels: { alertname: "", severity: "" } };
  const said = (route: string): string[] => {
    const yaml = `${HEAD}${indent(`${CHANNELS}${route}`)}`;
    return loadConfiguration(yaml, "w.yaml", known).diagnostics.map(
      ({ severity, message }) => `${severity} ${message}`,
    );
  };
  const all = "route: { receiver: [team, oncall], ";

  it.each([
    `${all}group_by: [alertname, "tag:Team", "dimension:InstanceId"] }`,
    `${all}group_by: ["..."] }`,
    `${all}routes: [{ matchers: ['severity=~"a|b"', 'tag:Team!=web'] }] }`,
  ])("that exist pass: %s", (route) => {
    expect(said(route)).toEqual([]);
  });

  it.each([
    [`${all}group_by: [alertnam] }`, 'no alert has a label "alertnam". Did you mean "alertname"?'],
    [
      `${all}routes: [{ matchers: [team=web] }] }`,
      'no alert has a label "team". There are alertname, severity, and a tag is written tag:team',
    ],
    [
      `${all} }\ninhibit_rules: [{ source_matchers: [severity=a], target_matchers: [severity=b], equal: [resorce!] }]`,
      'no alert has a label "resorce!". There are alertname, severity',
    ],
  ])("that no alert has are warned of: %s", (route, message) => {
    expect(said(route)).toEqual([`warning ${message}`]);
  });
});
