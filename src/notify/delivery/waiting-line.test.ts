import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aNotification, anAlert, recoveryOf } from "../../../test/support/notifications.ts";
import type { Notification } from "../notification.ts";
import { type Waiting, WaitingLine } from "./waiting-line.ts";

function add(
  line: WaitingLine,
  position: number,
  notification: Notification,
  more: { notBefore?: number; createdAt?: number } = {},
): void {
  const { notBefore = 0, createdAt = 0 } = more;
  const { id, channel } = notification;
  line.add({ id, channel, position, createdAt, attempts: 0, notBefore }, notification, notBefore);
}

const idOf = (entry: Waiting | undefined): string | undefined => entry?.notification.id;

describe("a waiting line", () => {
  it("keeps a recovery behind its alarm until that is done", () => {
    const line = new WaitingLine();
    const alarm = aNotification("a");
    add(line, 1, alarm);
    add(line, 2, recoveryOf(alarm));
    const taken = line.take(0) as Waiting;
    expect(idOf(taken)).toBe("n-a");
    expect(line.take(0)).toBeUndefined();
    taken.notBefore = 50;
    line.putBack(taken);
    expect(line.take(49)).toBeUndefined();
    expect(line.nextTry()).toBe(50);
    expect(idOf(line.take(50))).toBe("n-a");
    line.done(taken);
    expect(idOf(line.take(50))).toBe("n-a-ok");
  });

  it("holds up nothing that has one name for its group and its only alert, by itself", () => {
    const line = new WaitingLine();
    const alone = { group: "x", alerts: [{ ...anAlert("a"), fingerprint: "x" }] };
    add(line, 1, aNotification("a", alone));
    add(line, 2, aNotification("b", alone));
    const taken = line.take(0) as Waiting;
    expect(idOf(taken)).toBe("n-a");
    expect(line.take(0)).toBeUndefined();
    line.done(taken);
    expect(idOf(line.take(0))).toBe("n-b");
    expect(line.size).toBe(1);
  });

  it("keeps an alarm's order when its group changes", () => {
    const line = new WaitingLine();
    add(line, 1, aNotification("a", { alerts: [anAlert("x"), anAlert("y")] }));
    add(line, 2, aNotification("b", { alerts: [anAlert("y")] }));
    add(line, 3, aNotification("c", { alerts: [anAlert("z")] }));
    expect(idOf(line.take(0))).toBe("n-a");
    expect(idOf(line.take(0))).toBe("n-c");
    expect(line.take(0)).toBeUndefined();
  });

  it("lets the critical go first, then what fires, then what recovered", () => {
    const line = new WaitingLine();
    add(line, 1, recoveryOf(aNotification("old")));
    add(line, 2, aNotification("warning", { severity: "warning" }));
    add(line, 3, aNotification("critical"));
    expect([1, 2, 3].map(() => idOf(line.take(0)))).toEqual(["n-critical", "n-warning", "n-old-ok"]);
  });

  it("lets nothing wait for ever", () => {
    const line = new WaitingLine();
    add(line, 1, recoveryOf(aNotification("old")), { createdAt: 0 });
    add(line, 2, aNotification("critical"), { createdAt: 50_000 });
    expect(idOf(line.take(60_001))).toBe("n-old-ok");
  });

  it("never lets one overtake another about the same, and lets all go in the end", () => {
    const messages = fc.array(
      fc.record({
        group: fc.constantFrom("g", "h", "i"),
        alerts: fc.uniqueArray(fc.constantFrom("x", "y", "z"), { minLength: 1, maxLength: 2 }),
        resolved: fc.boolean(),
      }),
      { minLength: 1, maxLength: 25 },
    );
    fc.assert(
      fc.property(messages, fc.infiniteStream(fc.nat(99)), (list, chance) => {
        const line = new WaitingLine();
        list.forEach(({ group, alerts, resolved }, index) => {
          const notification = aNotification(String(index), {
            group,
            alerts: alerts.map((id) => anAlert(id)),
          });
          add(line, index + 1, { ...notification, status: resolved ? "resolved" : "firing" });
        });
        const under: Waiting[] = [];
        const done: Waiting[] = [];
        for (let step = 0; done.length < list.length; step += 1) {
          expect(step).toBeLessThan(2000);
          const taken = line.take(step);
          if (taken) under.push(taken);
          const roll = chance.next().value as number;
          const [ended] = under.splice(roll % Math.max(1, under.length), taken && roll > 50 ? 0 : 1);
          if (!ended) continue;
          if (roll % 4 === 0) {
            ended.notBefore = step + 3;
            line.putBack(ended);
          } else {
            for (const earlier of done.length === 0 ? [] : list.slice(0, ended.message.position - 1).keys()) {
              const before = list[earlier];
              const own = list[ended.message.position - 1];
              const same =
                before?.group === own?.group || before?.alerts.some((id) => own?.alerts.includes(id));
              if (same) expect(done.some(({ message }) => message.position === earlier + 1)).toBe(true);
            }
            done.push(ended);
            line.done(ended);
          }
        }
        expect(line.size).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
