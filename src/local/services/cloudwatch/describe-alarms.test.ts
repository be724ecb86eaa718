import type { DescribeAlarmsInput } from "@aws-sdk/client-cloudwatch";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Cloud } from "../../cloud.ts";
import { AlarmStore } from "./alarm-store.ts";
import { deleteAlarms } from "./change-alarms.ts";
import { describeAlarms } from "./describe-alarms.ts";
import { putCompositeAlarm } from "./put-composite-alarm.ts";
import { seedAlarm } from "./put-metric-alarm.ts";

const NOW = new Date("2026-11-20T10:00:00Z");

function listed(
  store: AlarmStore,
  input: DescribeAlarmsInput,
  between: () => void = () => undefined,
): string[] {
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = describeAlarms(store, { ...input, ...(NextToken && { NextToken }) }, NOW);
    const found = [...(page.CompositeAlarms ?? []), ...(page.MetricAlarms ?? [])];
    expect(found.length).toBeLessThanOrEqual(input.MaxRecords ?? 50);
    names.push(...found.map(({ AlarmName = "" }) => AlarmName));
    NextToken = page.NextToken;
    between();
  } while (NextToken);
  return names;
}

const name = fc.string({ unit: fc.constantFrom("a", "b", "c", "/", "é", "警"), minLength: 1, maxLength: 4 });
const names = fc.uniqueArray(name, { maxLength: 40 });

it("pages give every alarm of a prefix once, in order, whatever the page size", () => {
  fc.assert(
    fc.property(
      names,
      names,
      name,
      fc.integer({ min: 1, max: 7 }),
      (metric, composite, prefix, MaxRecords) => {
        const store = new AlarmStore("111122223333", "eu-west-1", new Cloud());
        for (const AlarmName of metric) seedAlarm(store, { AlarmName }, NOW);
        const others = composite.filter((each) => !metric.includes(each));
        for (const AlarmName of others) putCompositeAlarm(store, { AlarmName, AlarmRule: "TRUE" }, NOW);
        const AlarmTypes = ["MetricAlarm" as const, "CompositeAlarm" as const];
        const matching = (all: readonly string[]) => all.filter((each) => each.startsWith(prefix)).sort();
        expect(listed(store, { AlarmTypes, AlarmNamePrefix: prefix, MaxRecords })).toEqual([
          ...matching(others),
          ...matching(metric),
        ]);
        expect(listed(store, { MaxRecords })).toEqual([...metric].sort());
      },
    ),
  );
});

it("alarms that stay are listed once while others come and go between the pages", () => {
  fc.assert(
    fc.property(names, names, fc.integer({ min: 1, max: 5 }), (staying, going, MaxRecords) => {
      const store = new AlarmStore("111122223333", "eu-west-1", new Cloud());
      const passing = going.filter((each) => !staying.includes(each));
      const half = passing.splice(0, passing.length / 2);
      for (const AlarmName of [...staying, ...half]) seedAlarm(store, { AlarmName }, NOW);
      const seen = listed(store, { MaxRecords }, () => {
        const gone = half.pop();
        if (gone) deleteAlarms(store, { AlarmNames: [gone] }, NOW);
        const AlarmName = passing.pop();
        if (AlarmName) seedAlarm(store, { AlarmName }, NOW);
      });
      expect(seen.filter((each) => staying.includes(each))).toEqual([...staying].sort());
      expect(new Set(seen).size).toBe(seen.length);
    }),
  );
});
