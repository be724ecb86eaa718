// What the documents do on a machine.

import { LATEST_CLOUDWATCH_AGENT, LATEST_SSM_AGENT } from "../../fleet/guest-profile.ts";
import { readAgentConfiguration } from "../../guest/agent-configuration.ts";
import { configureAgent, installAgent, unconfigureAgent, uninstallAgent } from "../../guest/agent-state.ts";
import { setSsmAgent } from "../../guest/guest.ts";
import { failed, type Machine, type Output, type Program, said } from "../../guest/machine.ts";
import { runPowerShell } from "../../guest/powershell.ts";
import { runScript } from "../../guest/shell.ts";
import { agentControl } from "../../guest/shell-service-commands.ts";
import type { CommandRecord } from "./command-store.ts";
import type { DocumentName } from "./documents.ts";

type Values = CommandRecord["values"];

/** How long things take besides what scripts wait for, milliseconds. */
const SCRIPT = 800;
const PACKAGE = 20_000;
const AGENT_CONTROL = 3_000;
const SSM_AGENT_UPDATE = 15_000;

/** What the agent measures with its default configuration. */
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the agent's own placeholders
const DEFAULT_CONFIGURATION = JSON.stringify({
  metrics: {
    append_dimensions: {
      AutoScalingGroupName: "${aws:AutoScalingGroupName}",
      ImageId: "${aws:ImageId}",
      InstanceId: "${aws:InstanceId}",
      InstanceType: "${aws:InstanceType}",
    },
    metrics_collected: {
      disk: { measurement: ["used_percent"], resources: ["*"] },
      mem: { measurement: ["mem_used_percent"] },
    },
  },
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the agent's own placeholders

const PROGRAMS: Readonly<Record<DocumentName, (machine: Machine, values: Values) => Program>> = {
  "AWS-RunShellScript": script,
  "AWS-RunPowerShellScript": script,
  "AWS-ConfigureAWSPackage": configurePackage,
  "AmazonCloudWatch-ManageAgent": manageAgent,
  "AWS-UpdateSSMAgent": updateSsmAgent,
};

/** Runs a command's document on a machine. */
export function documentProgram(machine: Machine, { document, values }: CommandRecord): Program {
  return PROGRAMS[document.name](machine, values);
}

const first = (values: Values, name: string): string => values[name]?.[0] ?? "";

function* script(machine: Machine, values: Values): Program {
  yield SCRIPT;
  const text = (values["commands"] ?? []).join("\n");
  const { windows } = machine.instance.launch.platform;
  const directory = first(values, "workingDirectory");
  const output = windows
    ? yield* runPowerShell(machine, text)
    : yield* runScript(machine, text, directory === "" ? "/usr/bin" : directory);
  return output.code === 0
    ? output
    : { ...output, err: `${output.err}failed to run commands: exit status ${output.code}` };
}

function* configurePackage({ instance, guest, now }: Machine, values: Values): Program {
  const name = first(values, "name");
  const asked = first(values, "version");
  const version = asked === "" || asked === "latest" ? LATEST_CLOUDWATCH_AGENT : asked;
  const arn = `arn:aws:ssm:::package/${name}`;
  yield 2_000;
  if (name !== "AmazonCloudWatchAgent")
    return failed(`failed to retrieve document: package ${name} is not one that this local cloud has`);
  const { agent } = guest;
  if (first(values, "action") === "Uninstall") {
    yield PACKAGE / 2;
    if (agent.version === undefined) return said(`${arn} is not installed`);
    const gone = agent.version;
    uninstallAgent(instance, agent, now());
    return said(`Initiating ${arn} ${gone} uninstall\nSuccessfully uninstalled ${arn} ${gone}`);
  }
  if (!/^1\.\d+\.\d+b?\d*(b\d+)?$|^1\.\d+b?\d*$/.test(version) && version !== LATEST_CLOUDWATCH_AGENT)
    return failed(`failed to retrieve package manifest: version ${version} is not valid for package ${name}`);
  if (agent.version === version) return said(`${arn} ${version} is already installed`);
  if (agent.version !== undefined && first(values, "installationType") === "In-place update")
    return failed(`${arn} ${version} does not support in-place update: the package has no update script`);
  yield PACKAGE;
  if (guest.diskFull)
    return failed(
      `failed to download package ${name}: write /var/lib/amazon/ssm/packages: no space left on device`,
    );
  installAgent(instance, agent, version, now());
  return said(`Initiating ${arn} ${version} install\nSuccessfully installed ${arn} ${version}`);
}

function* manageAgent(machine: Machine, values: Values): Program {
  const { instance, guest, now, fleet } = machine;
  const { agent } = guest;
  yield AGENT_CONTROL;
  if (agent.version === undefined)
    return {
      out: "CloudWatch Agent not installed.  Please install it using the AWS-ConfigureAWSPackage SSM Document.",
      err: "failed to run commands: exit status 1",
      code: 1,
    };
  const restart = first(values, "optionalRestart") === "yes";
  const action = first(values, "action");
  switch (action) {
    case "status":
    case "start":
    case "stop":
      return agentControl(machine, ["-a", action]);
    case "configure (remove)":
      unconfigureAgent(instance, agent, now());
      return said("Successfully removed the config");
    default: {
      const read = configurationFor(machine, values);
      if ("code" in read) return read;
      const configuration = readAgentConfiguration(read.text, read.source, instance.launch.platform.windows);
      const fetched = `****** processing amazon-cloudwatch-agent ******\nSuccessfully fetched the config and saved in /opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.d/${read.file}.tmp\n`;
      if ("problems" in configuration)
        return {
          out: `${fetched}Start configuration validation...\n`,
          err: `Configuration validation first phase failed. Agent version: ${agent.version}. Verify the JSON input is only using features supported by this version.\n${configuration.problems.join("\n")}\nfailed to run commands: exit status 1`,
          code: 1,
        };
      if (guest.diskFull)
        return failed(
          "open /opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.toml: no space left on device\nfailed to run commands: exit status 1",
        );
      yield AGENT_CONTROL;
      configureAgent(fleet, instance, agent, configuration, restart, now());
      return said(
        `${fetched}Start configuration validation...\nConfiguration validation first phase succeeded\nConfiguration validation second phase succeeded\nConfiguration validation succeeded${restart ? "\namazon-cloudwatch-agent has already been stopped" : ""}`,
      );
    }
  }
}

function configurationFor(
  machine: Machine,
  values: Values,
): { readonly text: string; readonly source: string; readonly file: string } | Output {
  if (first(values, "optionalConfigurationSource") === "default")
    return { text: DEFAULT_CONFIGURATION, source: "default", file: "default" };
  const name = first(values, "optionalConfigurationLocation");
  const parameter = machine.parameter(name);
  if ("refused" in parameter)
    return failed(
      `Region: ${machine.fleet.region}\ncredsConfig: map[]\nError in retrieving parameter store content: ${parameter.refused}\nFail to fetch the config!\nfailed to run commands: exit status 1`,
    );
  return { text: parameter.value, source: name, file: `ssm_${name.replace(/\//g, "_")}` };
}

function* updateSsmAgent({ instance, guest, now }: Machine, values: Values): Program {
  const asked = first(values, "version");
  const version = asked === "" || asked === "latest" ? LATEST_SSM_AGENT : asked;
  const before = guest.ssm.version ?? "";
  yield 1_000;
  if (before === version)
    return said(`amazon-ssm-agent ${version} has already been installed, update skipped`);
  if (isOlder(version, before) && first(values, "allowDowngrade") !== "true")
    return failed(
      `updating amazon-ssm-agent ${before} to an older version, please enable allow downgrade to proceed`,
    );
  yield SSM_AGENT_UPDATE;
  // It restarts itself: a moment without it, and the service hears from the new one.
  setSsmAgent(instance, false, now());
  guest.ssm.version = version;
  yield 3_000;
  setSsmAgent(instance, true, now());
  return said(`Successfully updated amazon-ssm-agent from ${before} to ${version}`);
}

function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split(".").map(Number));
  for (const [index, part] of (left ?? []).entries()) {
    const other = right?.[index] ?? 0;
    if (part !== other) return part < other;
  }
  return false;
}
