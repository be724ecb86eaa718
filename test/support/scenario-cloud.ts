import { applyScenario, cloudOptions } from "../../src/local/scenario/apply.ts";
import { parseScenario } from "../../src/local/scenario/scenario.ts";
import { createLocalCloud, type LocalCloud } from "../../src/local/server.ts";
import { formatDiagnostic } from "../../src/support/diagnostic.ts";
import { START } from "./ec2-cloud.ts";

/** A local cloud that holds a scenario; its clock stands at `START` until it is moved. */
export function scenarioCloud(yaml: string): LocalCloud {
  const { scenario, diagnostics } = parseScenario(yaml, "scenario.yaml");
  if (!scenario) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  const local = createLocalCloud(cloudOptions({ ...scenario, start: START }, () => 0));
  applyScenario(local.cloud, scenario);
  return local;
}
