import { parseArn } from "../../../model/arn.ts";
import { actionsOf } from "../actions-of.ts";
import type { LintRule } from "../lint-rule.ts";

export const missingTopic = {
  about: "nobody hears",
  severity: "error",
  title:
    "An action names an SNS topic that doesn't exist; CloudWatch doesn't check, and the message is lost.",
  remedy: "create the topic, or name another",
  needs: ["topics"],
  *check({ spec, account, region }, { topics }) {
    for (const action of actionsOf(spec)) {
      const arn = parseArn(action);
      if (arn?.service !== "sns") continue;
      if (arn.region !== region)
        yield { message: `topic ${action} is in ${arn.region}; an alarm can publish in its own region only` };
      else if (topics && arn.account === account && !topics.has(action))
        yield { message: `topic ${action} doesn't exist, so nobody hears of it` };
    }
  },
} as const satisfies LintRule;
