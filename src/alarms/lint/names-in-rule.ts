import { alarmNameOf, parseCompositeRule, referencedAlarms } from "../../engine/composite-rule.ts";
import { SourceError } from "../../engine/source-error.ts";

/** Names of the alarms in a composite's rule, each once; none for a rule that can't be read, which validation tells. */
export function namesInRule(rule: string): readonly string[] {
  try {
    return [...new Set(referencedAlarms(parseCompositeRule(rule)).map(alarmNameOf))];
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return [];
  }
}
