import { describe, expect, it } from "vitest";
import { groupWaitFor, placesOf, routeSteps, routesFor } from "./routing.ts";
import { alertOf, routeOf } from "./test-fixtures.ts";

const TREE = routeOf({
  channels: ["c"],
  routes: [
    { matchers: "severity=critical", channels: ["a"], continue: true },
    {
      matchers: "team=~web|shop",
      channels: ["b"],
      routes: [{ matchers: "region=eu-west-1", channels: ["quiet"] }],
    },
    { matchers: "severity=critical", channels: ["b"] },
  ],
});
const channelsOf = (labels: Record<string, string>) =>
  routesFor(TREE, labels).map(({ channels }) => channels[0]);

describe("routes", () => {
  it.each([
    [{}, ["c"]],
    [{ team: "web" }, ["b"]],
    [{ team: "web", region: "eu-west-1" }, ["quiet"]],
    [{ severity: "critical" }, ["a", "b"]],
    [{ severity: "critical", team: "shop" }, ["a", "b"]],
    [{ severity: "critical", team: "shop", region: "eu-west-1" }, ["a", "quiet"]],
    [{ team: "websites" }, ["c"]],
  ])("%j", (labels, channels) => {
    expect(channelsOf(labels)).toEqual(channels);
  });

  it("end in a route that says continue when no route behind it matches", () => {
    const tree = routeOf({ channels: ["c"], routes: [{ matchers: "a=b", channels: ["a"], continue: true }] });
    expect(routesFor(tree, { a: "b" }).map(({ channels }) => channels)).toEqual([["a"]]);
  });

  it("are told step by step", () => {
    expect(routeSteps(TREE, { severity: "warning", team: "web" })).toEqual([
      { route: "{}", matched: true, chosen: false },
      {
        route: "{}/{severity=critical}/0",
        matched: false,
        chosen: false,
        failed: { name: "severity", operator: "=", value: "critical" },
        saw: "warning",
      },
      { route: "{}/{team=~web|shop}/1", matched: true, chosen: true },
      expect.objectContaining({
        matched: false,
        failed: expect.objectContaining({ name: "region" }),
        saw: "",
      }),
    ]);
  });
});

describe("groups", () => {
  const alert = { alertname: "cpu", region: "eu-west-1", resource: "i-1" };

  it("are made by labels, of those that are there", () => {
    const route = routeOf({ groupBy: ["alertname", "team"] });
    expect(placesOf(route, alert)).toEqual([
      { route, labels: { alertname: "cpu" }, key: '{}:{"alertname":"cpu"}' },
    ]);
    expect(placesOf(routeOf({}), alert)[0]?.labels).toEqual({});
    expect(placesOf(routeOf({ groupBy: "all" }), alert)[0]?.labels).toEqual(alert);
  });

  it("wait half a minute, or not at all for what is critical, unless the route says", () => {
    const critical = alertOf({ severity: "critical" });
    expect(groupWaitFor(routeOf({}), alertOf({}))).toBe(30);
    expect(groupWaitFor(routeOf({}), critical)).toBe(0);
    expect(groupWaitFor(routeOf({ groupWait: 10 }), critical)).toBe(10);
    expect(groupWaitFor(routeOf({ groupWait: 0 }), alertOf({}))).toBe(0);
  });
});
