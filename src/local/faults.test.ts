import { describe, expect, it } from "vitest";
import { seededRandom } from "./cloud.ts";
import type { FaultSettings } from "./fault-settings.ts";
import { type FaultedCall, Faults, throttleError } from "./faults.ts";

const CALL: FaultedCall = {
  service: "cloudwatch",
  operation: "PutMetricAlarm",
  account: "111122223333",
  region: "eu-central-1",
  input: {},
};

function start(settings: FaultSettings) {
  const time = { now: 0 };
  const faults = new Faults({ now: () => time.now, random: seededRandom(1) });
  faults.set(settings);
  const effect = (call: Partial<FaultedCall> = {}) => faults.judge({ ...CALL, ...call }).effect;
  /** How many of `count` calls at once are let through. */
  const admitted = (count: number, call: Partial<FaultedCall> = {}) =>
    Array.from({ length: count }, () => effect(call)).filter((seen) => seen === undefined).length;
  return { time, faults, effect, admitted };
}

describe("faults", () => {
  it("are off by default", () => {
    const { admitted, faults } = start({});
    expect(admitted(1000)).toBe(1000);
    expect(faults.listLagMs).toBe(0);
  });

  it("throttle at the published quotas, apart by account, region and operation", () => {
    const { admitted, time } = start({ throttling: true });
    expect(admitted(10)).toBe(3);
    expect(admitted(10, { region: "us-east-1" })).toBe(3);
    expect(admitted(10, { account: "444455556666" })).toBe(3);
    expect(admitted(30, { operation: "DescribeAlarms" })).toBe(9);
    time.now += 1000;
    expect(admitted(10)).toBe(3);
    time.now += 334;
    expect(admitted(10)).toBe(1);
    time.now += 60_000;
    expect(admitted(10)).toBe(3);
    expect(admitted(1000, { operation: "NoPublishedQuota" })).toBe(1000);
  });

  it("throttle EC2 by its buckets: smaller without filter or page size, instances apart from requests", () => {
    const ec2 = { service: "ec2", operation: "DescribeInstances" };
    const { admitted, time } = start({ throttling: true });
    expect(admitted(300, ec2)).toBe(50);
    expect(admitted(300, { ...ec2, input: { MaxResults: 100 } })).toBe(100);
    time.now += 1000;
    expect(admitted(300, ec2)).toBe(10);
    expect(admitted(300, { ...ec2, input: { Filters: [{ Name: "x" }] } })).toBe(20);
    expect(admitted(300, { service: "ec2", operation: "RebootInstances" })).toBe(50);
    expect(admitted(300, { service: "ec2", operation: "CreateTags" })).toBe(100);
    const run = { service: "ec2", operation: "RunInstances", input: { MinCount: 1, MaxCount: 400 } };
    expect(admitted(9, run)).toBe(2);
    expect(admitted(9, { ...run, input: { MaxCount: 100 } })).toBe(2);
    const stop = { service: "ec2", operation: "StopInstances", input: { InstanceIds: Array(600).fill("i") } };
    expect(admitted(9, stop)).toBe(1);
    const huge = {
      service: "ec2",
      operation: "TerminateInstances",
      input: { InstanceIds: Array(5000).fill("i") },
    };
    expect(admitted(9, huge)).toBe(1);
  });

  it("throttle at quotas of one's own", () => {
    const { admitted, time } = start({ quotas: { "cloudwatch:PutMetricAlarm": { rate: 25, burst: 200 } } });
    expect(admitted(300)).toBe(200);
    time.now += 100;
    expect(admitted(300)).toBe(2);
    expect(admitted(300, { operation: "DescribeAlarms" })).toBe(300);
  });

  it("hit the n-th call, a run of calls, or all of a kind", () => {
    const rules: FaultSettings["rules"] = [
      { operation: "A", nth: 3, effect: "throttle" },
      { operation: "B", from: 2, count: 2, effect: "error503" },
      { service: "ec2", region: "us-east-1", effect: "accessDenied" },
      { operation: "D", from: 2, effect: "timeoutBefore" },
    ];
    const { effect, faults } = start({ rules });
    const times = (count: number, call: Partial<FaultedCall>) =>
      Array.from({ length: count }, () => effect(call));
    expect(times(4, { operation: "A" })).toEqual([undefined, undefined, "throttle", undefined]);
    expect(times(4, { operation: "B" })).toEqual([undefined, "error503", "error503", undefined]);
    expect(times(2, { service: "ec2", region: "us-east-1" })).toEqual(["accessDenied", "accessDenied"]);
    expect(effect({ service: "ec2" })).toBeUndefined();
    expect(times(3, { operation: "D" })).toEqual([undefined, "timeoutBefore", "timeoutBefore"]);
    faults.set({ rules });
    expect(times(3, { operation: "A" })).toEqual([undefined, undefined, "throttle"]);
  });

  it("count a rule's calls even when another rule hits first", () => {
    const { effect } = start({
      rules: [
        { nth: 1, effect: "error500" },
        { nth: 2, effect: "throttle" },
      ],
    });
    expect([effect(), effect(), effect()]).toEqual(["error500", "throttle", undefined]);
  });

  it("fail a share of the calls, reproducibly", () => {
    const failures = () => 1000 - start({ errorRate: 0.1 }).admitted(1000);
    expect(failures()).toBe(failures());
    expect(failures()).toBeGreaterThan(60);
    expect(failures()).toBeLessThan(140);
    expect(start({ errorRate: 1 }).effect()).toBe("error500");
  });

  it("deny whole regions, delay, and tell services how listings lag", () => {
    const { effect, faults } = start({ deniedRegions: ["eu-west-1"], latencyMs: 20, listLagMs: 5000 });
    expect([effect({ region: "eu-west-1" }), effect()]).toEqual(["accessDenied", undefined]);
    expect(faults.judge(CALL).waitMs).toBe(20);
    expect(faults.listLagMs).toBe(5000);
  });

  it("are refused with the setting's name when they make no sense, leaving what was set", () => {
    const { faults } = start({ latencyMs: 7 });
    for (const [settings, message] of [
      [{ throttle: true }, "faults: unknown setting throttle; there are throttling, quotas"],
      [{ throttling: "yes" }, 'faults: throttling must be true or false, not "yes"'],
      [{ errorRate: 1.5 }, "faults: errorRate must be a number of at least 0 and at most 1, not 1.5"],
      [{ latencyMs: -1 }, "faults: latencyMs must be a number of at least 0, not -1"],
      [{ rules: [{ effect: "fire" }] }, "faults: rules[0].effect must be one of throttle, error500"],
      [{ rules: [{}] }, "faults: rules[0].effect is missing"],
      [
        { rules: [{ effect: "throttle", nth: 0 }] },
        "faults: rules[0].nth must be a whole number of at least 1, not 0",
      ],
      [{ rules: {} }, "faults: rules must be a list"],
      [{ quotas: { PutMetricAlarm: { rate: 1, burst: 1 } } }, "must be service:Operation"],
      [{ quotas: { "a:B": { rate: 1 } } }, 'faults: quotas["a:B"].burst is missing'],
      [{ deniedRegions: [1] }, "faults: deniedRegions[0] must be a text, not 1"],
      [[], "faults: the settings must be an object, not []"],
      [null, "faults: the settings must be an object, not null"],
    ] as const) {
      expect(() => faults.set(settings as never)).toThrow(RangeError);
      expect(() => faults.set(settings as never)).toThrow(message);
    }
    expect(faults.settings).toEqual({ latencyMs: 7 });
  });

  it("throttle in each service's own words", () => {
    expect(throttleError("cloudwatch")).toMatchObject({
      code: "Throttling",
      status: 400,
      message: "Rate exceeded",
    });
    expect(throttleError("ec2")).toMatchObject({ code: "RequestLimitExceeded", status: 503 });
    expect(throttleError("unknown")).toMatchObject({ code: "ThrottlingException" });
  });
});
