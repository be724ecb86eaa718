import type { AgentPlatform } from "../model/agent-policy.ts";
import type { Diagnostic } from "../support/diagnostic.ts";
import { LARGEST_PARAMETER, parameterText, sizeOf } from "./agent-parameter.ts";
import { AGENT_RULES, LINUX_SECTIONS, WINDOWS_PLUGINS } from "./agent-rules.ts";
import type { AgentConfiguration } from "./build-configuration.ts";
import { checkJson } from "./json-rule.ts";

type Members = Readonly<Record<string, unknown>>;

/** What the agent can append to every metric. Source: CloudWatch user guide, the agent's `append_dimensions`. */
const APPENDED = ["ImageId", "InstanceId", "InstanceType", "AutoScalingGroupName"];
const PLACEHOLDER = /\$\{aws:\w+\}/;
/** Source: CloudWatch Logs API, `LogGroupName` and `LogStreamName`; braces belong to the agent's placeholders. */
const LOG_GROUP = /^[.\-_/#A-Za-z0-9{}]+$/;
const LOG_STREAM = /^[^:*]+$/;

/**
 * Everything that is wrong with a configuration of the agent, before anything is stored or sent: what the agent on that platform
 * would refuse (errors), and what it would take though nobody could want it (warnings).
 */
export function checkAgentConfiguration(value: unknown, platform: AgentPlatform): readonly Diagnostic[] {
  const broken = checkJson(AGENT_RULES, value).map(({ path, message }) =>
    problem("agent-configuration", `${path} ${message}`),
  );
  // What is wrongly formed can't be looked at any further.
  if (broken.length > 0) return broken;
  const configuration = value as AgentConfiguration;
  const metrics = configuration["metrics"] as Members | undefined;
  return [
    ...(metrics === undefined ? [] : [...checkDimensions(metrics), ...checkSections(metrics, platform)]),
    ...checkLogs(configuration["logs"] as Members | undefined, platform),
    ...checkSize(configuration),
  ];
}

function checkDimensions(metrics: Members): readonly Diagnostic[] {
  const appended = (metrics["append_dimensions"] ?? {}) as Members;
  const problems: Diagnostic[] = [];
  for (const [name, value] of Object.entries(appended)) {
    const path = `metrics.append_dimensions.${name}`;
    const wanted = `\${aws:${name}}`;
    if (!APPENDED.includes(name))
      problems.push(problem("unknown-dimension", `${path}: the agent appends only ${APPENDED.join(", ")}`));
    else if (value !== wanted) problems.push(problem("unknown-dimension", `${path} must be "${wanted}"`));
  }
  if (appended["InstanceId"] === undefined)
    problems.push(
      warning(
        "no-instance-id",
        "metrics.append_dimensions has no InstanceId: alarms of instances won't find these metrics",
      ),
    );
  const changing = APPENDED.filter((name) => name !== "InstanceId" && appended[name] !== undefined);
  const groups = (metrics["aggregation_dimensions"] ?? []) as readonly (readonly string[])[];
  if (changing.length > 0 && !groups.some((group) => group.length === 1 && group[0] === "InstanceId"))
    problems.push(
      warning(
        "changing-dimensions",
        `metrics.append_dimensions has ${changing.join(", ")}: when that changes, a new metric begins that no alarm looks at; add aggregation_dimensions: [["InstanceId"]]`,
      ),
    );
  return problems;
}

function checkSections(metrics: Members, platform: AgentPlatform): readonly Diagnostic[] {
  return Object.entries(metrics["metrics_collected"] as Members).flatMap(([name, section]) => {
    const path = `metrics.metrics_collected.${name}`;
    const problems: Diagnostic[] = [];
    if (platform === "linux" && !LINUX_SECTIONS.has(name))
      problems.push(problem("wrong-platform", `${path} is not something that the agent measures on Linux`));
    if (platform === "windows" && LINUX_SECTIONS.has(name) && !WINDOWS_PLUGINS.has(name))
      problems.push(
        problem(
          "wrong-platform",
          `${path} is measured on Linux only; on Windows name a performance object such as Memory`,
        ),
      );
    const own = Object.entries(((section as Members)["append_dimensions"] ?? {}) as Members);
    for (const [dimension, value] of own)
      if (PLACEHOLDER.test(String(value)))
        problems.push(
          problem(
            "placeholder-here",
            `${path}.append_dimensions.${dimension}: the agent puts in ${String(value)} only in metrics.append_dimensions`,
          ),
        );
    return problems;
  });
}

function checkLogs(logs: Members | undefined, platform: AgentPlatform): readonly Diagnostic[] {
  const collected = (logs?.["logs_collected"] ?? {}) as Readonly<Record<string, Members>>;
  const problems: Diagnostic[] = [];
  if (platform === "linux" && collected["windows_events"] !== undefined)
    problems.push(
      problem("wrong-platform", "logs.logs_collected.windows_events: Linux has no Windows events"),
    );
  for (const kind of ["files", "windows_events"]) {
    const list = (collected[kind]?.["collect_list"] ?? []) as readonly Members[];
    for (const [index, entry] of list.entries()) {
      const path = `logs.logs_collected.${kind}.collect_list[${index}]`;
      const { log_group_name: group, log_stream_name: stream } = entry;
      if (typeof group === "string" && !LOG_GROUP.test(group))
        problems.push(
          problem(
            "log-group-name",
            `${path}.log_group_name "${group}" may hold letters, digits and . - _ / # only`,
          ),
        );
      if (typeof stream === "string" && !LOG_STREAM.test(stream))
        problems.push(problem("log-stream-name", `${path}.log_stream_name "${stream}" must not hold : or *`));
      if (group === undefined)
        problems.push(
          warning(
            "log-group-missing",
            `${path} names no log group: the agent makes one after the file's path`,
          ),
        );
    }
  }
  return problems;
}

function checkSize(configuration: AgentConfiguration): readonly Diagnostic[] {
  const size = sizeOf(parameterText(configuration));
  if (size <= LARGEST_PARAMETER) return [];
  return [
    problem(
      "agent-configuration-size",
      `the configuration has ${size} bytes, and a parameter of Systems Manager holds ${LARGEST_PARAMETER}: collect fewer logs, or by pattern`,
    ),
  ];
}

function problem(code: string, message: string): Diagnostic {
  return { severity: "error", code, message };
}

function warning(code: string, message: string): Diagnostic {
  return { severity: "warning", code, message };
}
