import { isGone } from "../../../inventory/selector.ts";
import type { LintRule } from "../lint-rule.ts";
import { resourceNamed } from "../watched.ts";

export const resourceGone = {
  about: "order",
  severity: "warning",
  title: "The instance or volume that it watches doesn't exist any more; it costs money and says nothing.",
  remedy: "`aws cloudwatch delete-alarms --alarm-names` removes it",
  needs: ["resources"],
  *check({ spec, live }, { resources }) {
    const named = resourceNamed(spec);
    if (!live || !named || !resources?.complete(named.type)) return;
    const found = resources.find(named.type, named.id);
    if (found && !isGone(found)) return;
    const what = named.type === "ec2.instance" ? "instance" : "volume";
    yield {
      message: `its ${what} ${named.id} is gone`,
      ...(live.ours ? { remedy: "`watchkeeper apply` of its configuration deletes it" } : {}),
    };
  },
} as const satisfies LintRule;
