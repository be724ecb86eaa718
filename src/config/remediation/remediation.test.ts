// biome-ignore-all lint/suspicious/noTemplateCurlyInString: braces are part of the syntax under test
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RemediationPolicy, Runbook } from "../../model/runbook.ts";
import { formatDiagnostic } from "../../support/diagnostic.ts";
import { loadConfiguration } from "../load.ts";
import type { ChannelForm } from "../registries.ts";
import { registries } from "../test-fixtures.ts";
import { parseRunbook, type ShippedRunbook } from "./shipped-runbook.ts";

const FOLDER = new URL("../../../runbooks/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

const runbooks: Record<string, ShippedRunbook> = {};
for (const file of FILES) {
  const { runbook } = parseRunbook(readFileSync(new URL(file, FOLDER)), `runbooks/${file}`);
  if (runbook) runbooks[runbook.name] = runbook;
}

const hook: ChannelForm = {
  options: { url: { type: "text", description: "Address.", required: true } },
  url: { address: "url", example: "hook://example.com" },
};

const HEAD = `version: 1
name: a
policies: []
notifications:
  channels: { oncall: "hook://example.com" }
  route: { receiver: oncall }
  time_intervals: [{ name: business, time_intervals: [{ weekdays: "monday:friday" }] }]
remediation:
`;

function load(yaml: string, head = HEAD) {
  const text = `${head}${yaml.replace(/^\n/, "").replace(/^(?=.)/gm, "  ")}`;
  return loadConfiguration(text, "w.yaml", { ...registries, runbooks, channels: { hook } });
}

/** What is said of a section, with lines counted from its first. */
function complaints(yaml: string, head = HEAD): string[] {
  return load(yaml, head).diagnostics.map(({ line = 0, column, message }) => {
    const first = head.split("\n").length;
    return `${line - first + 1}:${column} ${message}`;
  });
}

function policyOf(yaml: string): RemediationPolicy {
  const { configuration, diagnostics } = load(yaml);
  if (!configuration?.remediation) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return configuration.remediation;
}

const runbookOf = (yaml: string): Runbook => {
  const [first] = policyOf(`runbooks:\n  one:\n${yaml.replace(/^\n/, "").replace(/^(?=.)/gm, "    ")}`)
    .runbooks as [Runbook];
  return first;
};

const LADDER = "ladder: [{ reboot: [reboot] }]\n";
const TRIGGER = 'trigger: severity="critical"\n';

describe("shipped runbooks", () => {
  it.each(FILES)("%s", (file) => {
    const { runbook, diagnostics } = parseRunbook(readFileSync(new URL(file, FOLDER)), file);
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
    expect(`${runbook?.name}.yaml`).toBe(file);
    expect(runbookOf(`use: ${runbook?.name}`).ladder.length).toBeGreaterThan(0);
  });

  it("frozen-instance waits for the alarm that essentials makes", () => {
    const keys = registries.packs["essentials"]?.alarms.map(({ key }) => key);
    const wanted = runbooks["frozen-instance"]?.trigger?.[0]?.[0];
    expect(wanted?.name).toBe("alarm_key");
    expect(keys).toContain(wanted?.value);
  });

  it("begin where nothing is written beside them", () => {
    expect(runbookOf("use: frozen-instance")).toMatchObject({
      name: "one",
      when: { instanceCheck: "impaired", systemCheck: "ok", ssm: "silent" },
      checks: [{ kind: "alarm" }],
      settleSeconds: 1200,
      guards: {
        optIn: { "watchkeeper:remediate": { anyOf: ["yes"] } },
        cooldownSeconds: 1800,
        attemptsPerDay: 2,
        fleet: { count: 3, percent: 10 },
        oneOfGroup: true,
        hours: [],
        deployments: { codeDeploy: true, tags: {} },
        scheduledEventSeconds: 3600,
        freshSeconds: 600,
        autoScaling: "refuse",
      },
      evidence: { timeoutSeconds: 60 },
      page: [],
    });
  });

  it("take settings, and what is written beside them takes the place of theirs", () => {
    const { ladder, checks, settleSeconds, page } = runbookOf(`
use: busy-instance
with: { directory: /srv/shop }
checks: [{ http: "http://$resource.privateIp:8080/health" }]
page: oncall
`);
    const command = ladder[0]?.steps.find(({ action }) => action.do === "runCommand")?.action;
    expect(command).toMatchObject({ workingDirectory: "/srv/shop" });
    expect(checks).toEqual([{ kind: "http", url: "http://$resource.privateIp:8080/health" }]);
    expect(settleSeconds).toBe(300);
    expect(page).toEqual(["oncall"]);
  });
});

describe("a runbook", () => {
  it("has steps in short and in long form", () => {
    const { ladder } = runbookOf(`
trigger: ['alarm_key=~"cpu-.*"', 'metric="x", tag:Team="web"']
allowStopStart: true
ladder:
  - restart:
      - restartService: nginx
      - restartService: { service: "compose:/srv", timeout: 2m, attempts: 3, retry: 30 }
      - runCommand: uptime
      - runCommand: [uptime, free]
      - runCommand: { commands: docker ps, workingDirectory: /srv, timeout: 90s }
  - reboot:
      - reboot: { timeout: 10m }
      - waitFor: ssm
      - waitFor: { until: statusChecks, timeout: 1h }
      - check: { tcp: "$resource.privateIp:22", timeout: 2m }
      - check: alarm
      - notify: "$resource.name was rebooted"
  - move: [stopStart, startInstance]
`);
    const limits = { attempts: 1, retrySeconds: 10 };
    expect(ladder.map(({ name, steps }) => [name, steps.map(({ position: _, ...step }) => step)])).toEqual([
      [
        "restart",
        [
          { action: { do: "restartService", service: "nginx" }, timeoutSeconds: 300, ...limits },
          {
            action: { do: "restartService", service: "compose:/srv" },
            timeoutSeconds: 120,
            attempts: 3,
            retrySeconds: 30,
          },
          { action: { do: "runCommand", commands: ["uptime"] }, timeoutSeconds: 300, ...limits },
          { action: { do: "runCommand", commands: ["uptime", "free"] }, timeoutSeconds: 300, ...limits },
          {
            action: { do: "runCommand", commands: ["docker ps"], workingDirectory: "/srv" },
            timeoutSeconds: 90,
            ...limits,
          },
        ],
      ],
      [
        "reboot",
        [
          { action: { do: "reboot" }, timeoutSeconds: 600, ...limits },
          { action: { do: "waitFor", until: "ssm" }, timeoutSeconds: 900, ...limits },
          { action: { do: "waitFor", until: "statusChecks" }, timeoutSeconds: 3600, ...limits },
          {
            action: { do: "check", check: { kind: "tcp", host: "$resource.privateIp", port: 22 } },
            timeoutSeconds: 120,
            attempts: 6,
            retrySeconds: 10,
          },
          {
            action: { do: "check", check: { kind: "alarm" } },
            timeoutSeconds: 60,
            attempts: 6,
            retrySeconds: 10,
          },
          { action: { do: "notify", text: "$resource.name was rebooted" }, timeoutSeconds: 60, ...limits },
        ],
      ],
      [
        "move",
        [
          { action: { do: "stopStart" }, timeoutSeconds: 1200, ...limits },
          { action: { do: "startInstance" }, timeoutSeconds: 600, ...limits },
        ],
      ],
    ]);
  });

  it("has checks in short and in long form", () => {
    const { checks } = runbookOf(`${TRIGGER}${LADDER}checks:
  - http: https://example.com/health
  - http:
      url: "http://$resource.privateIp/"
      statuses: [200, "300-399"]
      headers: { Host: shop }
      contains: ok
      timeout: 5s
      verifyCertificate: false
  - tcp: { host: example.com, port: 25, expect: "220" }
  - tls: example.com
  - tls: "[::1]:8443"
  - dns: example.com
  - dns: { name: example.com, type: MX, expect: mail.example.com }
  - command: { commands: systemctl is-active nginx, workingDirectory: / }
  - command: [uptime]
  - alarm
`);
    expect(checks).toEqual([
      { kind: "http", url: "https://example.com/health" },
      {
        kind: "http",
        url: "http://$resource.privateIp/",
        statuses: [200, { from: 300, to: 399 }],
        headers: { Host: "shop" },
        contains: "ok",
        timeoutSeconds: 5,
        verifyCertificate: false,
      },
      { kind: "tcp", host: "example.com", port: 25, expect: "220" },
      { kind: "tls", host: "example.com", port: 443 },
      { kind: "tls", host: "::1", port: 8443 },
      { kind: "dns", name: "example.com", type: "A" },
      { kind: "dns", name: "example.com", type: "MX", expect: ["mail.example.com"] },
      { kind: "command", commands: ["systemctl is-active nginx"], workingDirectory: "/" },
      { kind: "command", commands: ["uptime"] },
      { kind: "alarm" },
    ]);
  });

  it("has the section's guards with its own over them, part by part", () => {
    const [first, second] = policyOf(`
dryRun: true
guards:
  cooldown: 1h
  hours: [business]
  fleet: { count: 5 }
  deployments: { tags: { Deploying: { exists: true } } }
runbooks:
  one: { use: frozen-instance }
  two:
    use: busy-instance
    guards:
      attemptsPerDay: 1
      optIn: { Managed: "Yes" }
      fleet: { percent: 20 }
      deployments: { codeDeploy: false }
      hours: { times: [{ start_time: "08:00", end_time: "18:00" }] }
      autoScaling: markUnhealthy
`).runbooks as [Runbook, Runbook];
    expect(first.guards).toMatchObject({
      cooldownSeconds: 3600,
      hours: [{ weekdays: [{ begin: 1, end: 5 }] }],
      fleet: { count: 5, percent: 10 },
      deployments: { codeDeploy: true, tags: { Deploying: { exists: true } } },
    });
    expect(second.guards).toMatchObject({
      cooldownSeconds: 3600,
      attemptsPerDay: 1,
      optIn: { Managed: { anyOf: ["Yes"] } },
      fleet: { count: 5, percent: 20 },
      deployments: { codeDeploy: false, tags: { Deploying: { exists: true } } },
      hours: [{ times: [{ begin: 480, end: 1080 }] }],
      autoScaling: "markUnhealthy",
    });
  });

  it("fills settings of its own into its texts", () => {
    const { ladder } = runbookOf(`${TRIGGER}with: { unit: shop, port: 8080 }
ladder: [{ restart: [{ restartService: $with.unit }, { check: { tcp: "$resource.privateIp:80" } }] }]
checks: [{ http: "http://$resource.privateIp:\${with.port}/" }]
`);
    expect(ladder[0]?.steps[0]?.action).toEqual({ do: "restartService", service: "shop" });
  });
});

describe("what is told", () => {
  const one = (yaml: string) =>
    complaints(`runbooks:\n  one:\n${yaml.replace(/^\n/, "").replace(/^(?=.)/gm, "    ")}`);

  it.each<[string, string, string]>([
    [
      "an unknown kind of step",
      `${TRIGGER}ladder: [{ a: [{ rebot: {} }] }]`,
      '4:24 unknown key "rebot" in a[0]. Did you mean "reboot"?',
    ],
    [
      "two kinds in one step",
      `${TRIGGER}ladder: [{ a: [{ waitFor: ssm, notify: hi }] }]`,
      "4:22 a[0] must be one step, with one key: put each into a list item of its own",
    ],
    [
      "two rungs in one item",
      `${TRIGGER}ladder: [{ a: [reboot], b: [reboot] }]`,
      "4:16 ladder[0] must be one rung, with one key: put each into a list item of its own",
    ],
    [
      "a bare step that needs options",
      `${TRIGGER}ladder: [{ a: [runCommand] }]`,
      '4:22 a[0] can\'t be "runCommand". It is one of reboot, stopStart, startInstance',
    ],
    [
      "a guard that there isn't",
      `use: frozen-instance\nguards: { coldown: 1h }`,
      '4:17 unknown key "coldown" in guards. Did you mean "cooldown"?',
    ],
    [
      "a runbook that doesn't come with Watchkeeper",
      "use: frozen-instanse",
      '3:12 no runbook "frozen-instanse" comes with Watchkeeper. Did you mean "frozen-instance"?',
    ],
    [
      "an unknown channel",
      "use: frozen-instance\npage: [oncal]",
      '4:14 unknown channel "oncal". Did you mean "oncall"?',
    ],
    [
      "unknown hours",
      "use: frozen-instance\nguards: { hours: [busines] }",
      '4:25 unknown time interval "busines". Did you mean "business"?',
    ],
    [
      "an unknown expression",
      `${TRIGGER}ladder: [{ a: [{ notify: $resource.region }] }]`,
      '4:32 "$resource.region" is no expression; there are $resource.id, $resource.name, $resource.privateIp and $resource.tags.KEY.',
    ],
    [
      "an unknown setting",
      `${TRIGGER}with: { dir: / }\nladder: [{ a: [{ restartService: "compose:$with.dirr" }] }]`,
      '2:5 "$with.dirr": runbook "one" has no such setting. Did you mean "dir"?',
    ],
    [
      "a setting that the shipped one hasn't",
      `use: busy-instance\n${TRIGGER}with: { directroy: / }`,
      '5:15 runbook "busy-instance" has no setting "directroy". Did you mean "directory"?',
    ],
    [
      "a bad matcher",
      `trigger: [severity]\n${LADDER}`,
      '3:17 "severity" is no matcher: write name="value", with =, !=, =~ or !~',
    ],
    [
      "a reboot where the host is broken",
      `${TRIGGER}when: { systemCheck: impaired }\n${LADDER}`,
      "5:27 a reboot stays on the host whose system check is impaired, and can't help: use stopStart",
    ],
    [
      "a shipped reboot where the host is broken",
      "use: frozen-instance\nwhen: { systemCheck: impaired }",
      "3:12 a reboot stays on the host whose system check is impaired, and can't help: use stopStart",
    ],
    [
      "a command where Systems Manager is silent",
      `${TRIGGER}when: { ssm: silent }\nladder: [{ a: [{ runCommand: ls }, reboot, { runCommand: ls }] }]`,
      "5:22 runCommand needs Systems Manager, which is silent by this runbook's when: put reboot, or waitFor: ssm, before it",
    ],
    [
      "a reboot in too little time to be disproved",
      `${TRIGGER}ladder: [{ a: [{ reboot: { timeout: 5m } }] }]`,
      "4:22 within 5 min a reboot that never comes can't be proved, and ends as unknown: give it 10 min or more",
    ],
    [
      "a start that comes too late",
      `${TRIGGER}ladder: [{ a: [reboot] }, { b: [startInstance] }]`,
      "4:39 startInstance does nothing here: only a runbook that begins with it takes instances that are stopped. Put it first",
    ],
    [
      "stopStart without leave",
      `${TRIGGER}ladder: [{ a: [stopStart] }]`,
      "4:22 stopStart moves the instance to another host: public addresses that aren't elastic change, and instance store is lost. Write allowStopStart: true beside the ladder if that may be",
    ],
    [
      "neither trigger nor checks",
      LADDER,
      '2:5 runbook "one" has no trigger, so that no alarm can show that it helped: give it checks, or a trigger',
    ],
    [
      "an alarm to check without a trigger",
      `${LADDER}checks: [alarm]`,
      '4:7 runbook "one" has no trigger, so that there is no alarm to check: give it other checks, or a trigger',
    ],
    [
      "nothing to do",
      TRIGGER,
      '2:5 runbook "one" does nothing: give it a ladder, or use: a runbook that comes with Watchkeeper',
    ],
    [
      "two rungs of one name",
      `${TRIGGER}ladder: [{ a: [reboot] }, { a: [reboot] }]`,
      '4:35 two rungs are named "a": rename one',
    ],
    [
      "no consent at all",
      "use: frozen-instance\nguards: { optIn: {} }",
      "4:24 optIn names no tag: every instance would be repaired. Leave it out for watchkeeper:remediate: yes",
    ],
    [
      "a URL that is none",
      `${TRIGGER}${LADDER}checks: [{ http: example.com }]`,
      '5:24 "example.com" is no URL: it must begin with http:// or https://',
    ],
    [
      "an address without a port",
      `${TRIGGER}${LADDER}checks: [{ tcp: example.com }]`,
      '5:23 tcp must be host:port, not "example.com"',
    ],
    [
      "a pattern that is none",
      `${TRIGGER}${LADDER}checks: [{ http: { url: "http://a", matches: "(" } }]`,
      '5:52 "(" is no regular expression',
    ],
    [
      "a status that is none",
      `${TRIGGER}${LADDER}checks: [{ http: { url: "http://a", statuses: 2xx } }]`,
      '5:53 statuses must be a status such as 200, or a range such as "200-299", not "2xx"',
    ],
    [
      "no time at all",
      `${TRIGGER}ladder: [{ a: [{ reboot: { timeout: 0 } }] }]`,
      "4:43 timeout must be more than 0",
    ],
    [
      "a step without a value",
      `${TRIGGER}ladder: [{ a: [{ reboot: }] }]`,
      "4:32 reboot has no value: give it one, or remove the line",
    ],
    [
      "a check that is a word",
      `${TRIGGER}${LADDER}checks: [alarms]`,
      '5:16 checks[0] must be "alarm", or a mapping with one of http, tcp, tls, dns, command, not "alarms"',
    ],
    [
      "a port behind a tag",
      `${TRIGGER}${LADDER}checks: [{ tcp: "$resource.tags.Host:80" }]`,
      '5:23 tcp must be host:port, not "$resource.tags.Host:80". Write ${resource.tags.Host} where a colon follows',
    ],
    [
      "a time without end",
      "use: frozen-instance\nguards: { cooldown: 999999999w }",
      "4:27 cooldown must be at most 30d",
    ],
    [
      "attempts of a reboot",
      `${TRIGGER}ladder: [{ a: [{ reboot: { attempts: 2 } }] }]`,
      '4:34 unknown key "attempts" in reboot. Known here: timeout',
    ],
  ])("%s", (_, yaml, expected) => {
    expect(one(yaml)).toEqual([expected]);
  });

  it("two runbooks that can't be told apart, whatever the order of what they match", () => {
    const two = (when: string) => `
runbooks:
  one:
    trigger: [a="1", 'b="2", c="3"']
    ${LADDER}
  two:
    trigger: ['c="3", b="2"', a="1"]
    ${when}
    ${LADDER}`;
    expect(complaints(two(""))).toEqual([
      '6:5 runbooks "one" and "two" have the same trigger and the same when: the second would never run. Let their when differ, or remove one',
    ]);
    expect(complaints(two("when: { ssm: online }"))).toEqual([]);
  });

  it("an alarm that no policy has, in a warning", () => {
    const { diagnostics, configuration } = load("runbooks: { one: { use: busy-instance } }");
    expect(configuration?.remediation).toBeDefined();
    expect(diagnostics.map(formatDiagnostic)).toEqual([
      'w.yaml:9:15  warning: runbook "one" waits for the alarm "cpu-stuck", which no policy here has. Write it into a policy, or set the trigger',
    ]);
  });

  it("an alarm that reboots by itself, in a warning", () => {
    const alarm =
      "{ namespace: AWS/EC2, metricName: CPUUtilization, dimensions: { InstanceId: $resource.id }, statistic: Average, period: 5m, evaluationPeriods: 3, comparisonOperator: GreaterThanThreshold, threshold: 95, severity: critical, actions: { alarm: [ec2:reboot] } }";
    const policies = `policies: [{ name: p, select: { type: ec2.instance }, alarms: { cpu-stuck: ${alarm} } }]`;
    const head = HEAD.replace("policies: []", policies);
    expect(complaints("runbooks: { one: { use: busy-instance } }", head)).toEqual([
      '1:15 runbook "one" is begun by the alarm "cpu-stuck", which itself does ec2:reboot: leave one of them out, or it happens twice',
    ]);
  });

  it("that nobody is told, in a warning", () => {
    const head = "version: 1\nname: a\npolicies: []\nremediation:\n";
    expect(complaints("runbooks: { one: { use: frozen-instance } }", head)).toEqual([
      "0:1 there are no notifications: nobody is told what runbooks do, or that nothing helped",
    ]);
    expect(complaints("runbooks: { one: { use: frozen-instance, page: [x] } }", head)[1]).toContain(
      'unknown channel "x". notifications: has no channels',
    );
  });

  it("a missing list of runbooks", () => {
    expect(complaints("dryRun: true")).toEqual(["0:1 runbooks is missing: write at least one runbook"]);
  });

  it("a shipped file that uses what it doesn't set", () => {
    const text = 'runbook: x\ndescription: x\nladder: [{ a: [{ notify: "$with.b" }] }]\n';
    expect(parseRunbook(text, "x.yaml").diagnostics.map(formatDiagnostic)).toEqual([
      'x.yaml:1:1  "$with.b" isn\'t among the settings of this file',
    ]);
  });
});
