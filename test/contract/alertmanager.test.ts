// Routing, grouping, inhibition and silences judged by Alertmanager itself, where its programs are installed
// (Debian: prometheus-alertmanager): the same tree and the same alerts must end in the same groups.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfiguration } from "../../src/config/load.ts";
import type { Alert, AlertGroup, Labels } from "../../src/model/alert.ts";
import { parseMatchers } from "../../src/model/matcher.ts";
import type { NotificationPolicy } from "../../src/model/notification-policy.ts";
import { placeAlert } from "../../src/notify/grouping.ts";
import { createInhibitor } from "../../src/notify/inhibition.ts";
import { routesFor } from "../../src/notify/routing.ts";
import { tick } from "../../src/notify/tick.ts";
import { formatDiagnostic } from "../../src/support/diagnostic.ts";

const AMTOOL = "/usr/bin/amtool";
const ALERTMANAGER = "/usr/bin/prometheus-alertmanager";
const CHANNELS = ["a", "b", "c", "d"];

interface Route {
  readonly receiver?: string;
  readonly matchers?: readonly string[];
  readonly continue?: boolean;
  readonly group_by?: readonly string[];
  readonly routes?: readonly Route[];
}

/** Our configuration with Alertmanager's own `route` and `inhibit_rules` in it, word for word. */
function policyFrom(route: Route, inhibitRules: readonly object[] = []): NotificationPolicy {
  const text = JSON.stringify({
    version: 1,
    name: "x",
    policies: [],
    notifications: {
      channels: Object.fromEntries(CHANNELS.map((name) => [name, { kind: "test" }])),
      route,
      inhibit_rules: inhibitRules,
    },
  });
  const channels = { test: { options: {}, url: { example: "test://" } } };
  const { configuration, diagnostics } = loadConfiguration(text, "x", {
    resourceTypes: {},
    packs: {},
    channels,
  });
  if (!configuration?.notifications) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return configuration.notifications;
}

const values = fc.constantFrom("x", "y", "z");
const names = fc.constantFrom("n", "team", "region");
const matcher = fc.oneof(
  fc
    .tuple(names, fc.constantFrom("=", "!="), fc.constantFrom("x", "y", ""))
    .map((parts) => `${parts[0]}${parts[1]}"${parts[2]}"`),
  fc
    .tuple(names, fc.constantFrom("=~", "!~"), fc.constantFrom("x|y", ".*", ".+", "x?", "[yz]", ""))
    .map((parts) => `${parts[0]}${parts[1]}"${parts[2]}"`),
);
const { route: childRoute } = fc.letrec<{ route: Route }>((tie) => ({
  route: fc.record(
    {
      receiver: fc.constantFrom(...CHANNELS),
      matchers: fc.array(matcher, { minLength: 1, maxLength: 2 }),
      continue: fc.boolean(),
      group_by: fc.uniqueArray(names, { minLength: 1, maxLength: 2 }),
      routes: fc.oneof({ depthSize: "small" }, fc.constant([]), fc.array(tie("route"), { maxLength: 3 })),
    },
    { requiredKeys: ["matchers"] },
  ) as fc.Arbitrary<Route>,
}));
const tree: fc.Arbitrary<Route> = fc
  .array(childRoute, { minLength: 1, maxLength: 4 })
  .map((routes) => ({ receiver: "a", group_by: ["n"], routes }));
const labelSet: fc.Arbitrary<Labels> = fc
  .record({ n: values, team: values, region: values }, { requiredKeys: ["n"] })
  .map((labels) => labels as Labels);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "watchkeeper-alertmanager-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!existsSync(AMTOOL))("amtool", () => {
  it("finds the same receivers in random trees", () => {
    const file = join(folder, "routes.yml");
    fc.assert(
      fc.property(tree, fc.array(labelSet, { minLength: 1, maxLength: 4 }), (route, alerts) => {
        writeFileSync(file, JSON.stringify({ route, receivers: CHANNELS.map((name) => ({ name })) }));
        const policy = policyFrom(route);
        for (const labels of alerts) {
          const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
          const theirs = execFileSync(
            AMTOOL,
            ["config", "routes", "test", `--config.file=${file}`, ...pairs],
            { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
          );
          const ours = routesFor(policy.route, labels).flatMap(({ channels }) => channels);
          expect(ours.join(",")).toBe(theirs.trim());
        }
      }),
      { numRuns: 25 },
    );
  });
});

interface Told {
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly { readonly labels: Labels }[];
}

/** A group as one line, so that sets of groups compare. */
const lineOf = ({ receiver, groupLabels, alerts }: Told): string =>
  `${receiver} ${sorted(groupLabels)}: ${alerts
    .map(({ labels }) => sorted(labels))
    .sort()
    .join(" ")}`;
const sorted = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort());

describe.skipIf(!existsSync(ALERTMANAGER))("Alertmanager", () => {
  const route: Route = {
    receiver: "a",
    group_by: ["n"],
    routes: [
      { matchers: ['team="x"'], receiver: "b", continue: true, group_by: ["region"] },
      {
        matchers: ['team=~"x|y"'],
        receiver: "c",
        group_by: ["n", "team"],
        routes: [{ matchers: ['n!="x"'], group_by: ["..."] }],
      },
      { matchers: ['region=""'], receiver: "d", group_by: ["team", "absent"] },
    ],
  };
  const inhibitRules = [
    { source_matchers: ['n="z"'], target_matchers: ['n="y"'], equal: ["region"] },
    { source_matchers: ['team="z"'], target_matchers: ['region="z"'], equal: ["n", "absent"] },
  ];
  const silenced = 'n="x", region=~"x.*"';
  const alerts: readonly Labels[] = ["x", "y", "z"].flatMap((n) =>
    ["", "x", "y", "z"].flatMap((team) =>
      ["", "x", "z"].map((region) =>
        Object.fromEntries(Object.entries({ n, team, region }).filter(([, value]) => value !== "")),
      ),
    ),
  );

  it("makes the same groups of the same alerts", async () => {
    const told: Told[] = [];
    const hook = await listen((body) => told.push(JSON.parse(body) as Told));
    const { port } = hook.address() as AddressInfo;
    const free = await listen(() => undefined);
    const own = (free.address() as AddressInfo).port;
    await new Promise((resolve) => free.close(resolve));
    const file = join(folder, "alertmanager.yml");
    const receivers = CHANNELS.map((name) => ({
      name,
      webhook_configs: [{ url: `http://127.0.0.1:${port}/` }],
    }));
    const timed = { ...route, group_wait: "700ms", group_interval: "1h", repeat_interval: "1h" };
    writeFileSync(file, JSON.stringify({ route: timed, receivers, inhibit_rules: inhibitRules }));
    const program = spawn(
      ALERTMANAGER,
      [
        `--config.file=${file}`,
        `--storage.path=${join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${own}`,
        "--cluster.listen-address=",
      ],
      { stdio: "ignore" },
    );
    try {
      const api = `http://127.0.0.1:${own}/api/v2`;
      await until(async () => (await fetch(`${api}/status`)).ok);
      const post = async (path: string, body: unknown): Promise<void> => {
        const headers = { "content-type": "application/json" };
        const answer = await fetch(`${api}/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      };
      const matchers = parseMatchers(silenced);
      if (typeof matchers === "string") throw new Error(matchers);
      await post("silences", {
        matchers: matchers.map(({ name, operator, value }) => ({
          name,
          value,
          isRegex: operator === "=~",
          isEqual: true,
        })),
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        createdBy: "test",
        comment: "test",
      });
      await post(
        "alerts",
        alerts.map((labels) => ({ labels })),
      );
      const ours = ourGroups(policyFrom(route, inhibitRules), alerts, silenced);
      await until(async () => told.length >= ours.length);
      expect(told.map(lineOf).sort()).toEqual(ours);
      expect(ours.length).toBeGreaterThan(10);
    } finally {
      program.kill("SIGKILL");
      hook.closeAllConnections();
      await new Promise((resolve) => hook.close(resolve));
    }
  }, 20_000);
});

/** What our pipeline tells of these alerts, all firing at once. */
function ourGroups(policy: NotificationPolicy, labelSets: readonly Labels[], silence: string): string[] {
  const at = Date.UTC(2026, 0, 1);
  const groups = new Map<string, AlertGroup>();
  const all = labelSets.map(
    (labels): Alert => ({
      fingerprint: sorted(labels),
      kind: "alarm",
      status: "firing",
      labels,
      startsAt: at,
      changedAt: at,
      flaps: 0,
      text: { name: "", state: "ALARM", contributors: [], children: [], facts: [] },
    }),
  );
  const read = (key: string) => groups.get(key);
  for (const alert of all)
    for (const group of placeAlert(policy, alert, [], read, at)) groups.set(group.key, group);
  const matchers = parseMatchers(silence);
  if (typeof matchers === "string") throw new Error(matchers);
  const silences = [
    { id: "s", matchers, startsAt: at, endsAt: at + 3_600_000, createdBy: "test", comment: "" },
  ];
  const inhibitor = createInhibitor(policy.inhibitRules, all);
  const context = { now: at + 60_000, policy, silences, inhibitor };
  const { flushed } = tick(groups.values(), context, () => undefined);
  return flushed
    .flatMap(({ result }) => result.notifications)
    .map(({ channel, groupLabels, alerts }) => lineOf({ receiver: channel, groupLabels, alerts }))
    .sort();
}

function listen(onBody: (body: string) => void): Promise<Server> {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      onBody(body);
      response.end();
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Asks again until it is so, for ten seconds at most; what it isn't by then fails in the test's own words. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await isSo().catch(() => false);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
