import { actionsOf } from "../actions-of.ts";
import type { LintRule } from "../lint-rule.ts";

export const encryptedTopic = {
  about: "nobody hears",
  severity: "error",
  title:
    "A topic is encrypted with AWS's own key for SNS, which CloudWatch may not use: every message fails.",
  remedy:
    "give the topic a key of your own whose policy lets cloudwatch.amazonaws.com use kms:Decrypt and kms:GenerateDataKey*",
  needs: ["topicKeys"],
  *check({ spec }, { topicKeys }) {
    for (const action of actionsOf(spec)) {
      const key = topicKeys?.get(action);
      if (key !== undefined && /(^|:)alias\/aws\/sns$/.test(key))
        yield { message: `topic ${action} is encrypted with ${key}, so its messages can't be published` };
    }
  },
} as const satisfies LintRule;
