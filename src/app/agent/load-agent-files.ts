import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { configurationOf } from "../../agent/agent-parameter.ts";
import { checkAgentConfiguration } from "../../agent/check-configuration.ts";
import { checkHeartbeat } from "../../agent/check-heartbeat.ts";
import {
  AGENT_PLATFORMS,
  type AgentPlatform,
  type AgentProfile,
  type OwnAgentFile,
} from "../../model/agent-policy.ts";
import type { SourcePosition } from "../../model/alarm-policy.ts";
import type { Configuration } from "../../model/configuration.ts";
import { sha256 } from "../../support/canonical-json.ts";
import { type Diagnostic, hasErrors } from "../../support/diagnostic.ts";
import { messageOf } from "../../support/errors.ts";

/**
 * Reads the agent's own files that a configuration names, relative to it, and checks everything that agents are to have by the
 * agent's rules. What a file says counts as a part of the configuration: its hash covers it.
 */
export function loadAgentFiles(
  configuration: Configuration,
  cwd: string,
): { readonly configuration: Configuration; readonly diagnostics: readonly Diagnostic[] } {
  const { agent } = configuration;
  if (!agent) return { configuration, diagnostics: [] };
  const folder = dirname(resolve(cwd, configuration.file));
  const diagnostics: Diagnostic[] = [];
  const texts: string[] = [];
  const profiles: Record<string, AgentProfile> = {};
  for (const [name, profile] of Object.entries(agent.profiles)) {
    const own: Partial<Record<AgentPlatform, OwnAgentFile>> = {};
    for (const platform of AGENT_PLATFORMS) {
      const file = profile.own?.[platform];
      if (!file) continue;
      const read = readOwn(file, folder);
      if ("problem" in read) diagnostics.push(read.problem);
      else {
        texts.push(read.text);
        own[platform] = { ...file, configuration: read.value };
      }
    }
    const whole = profile.own ? { ...profile, own } : profile;
    profiles[name] = whole;
    for (const platform of AGENT_PLATFORMS)
      if (!profile.own?.[platform] || own[platform])
        diagnostics.push(...check(whole, platform, profile.position ?? agent.position));
  }
  const hash = texts.length === 0 ? configuration.hash : sha256([configuration.hash, ...texts].join("\0"));
  return { configuration: { ...configuration, hash, agent: { ...agent, profiles } }, diagnostics };
}

function readOwn(
  { file, position }: OwnAgentFile,
  folder: string,
): { readonly text: string; readonly value: unknown } | { readonly problem: Diagnostic } {
  const problem = (code: string, message: string) => ({
    problem: at(position, { severity: "error", code, message }),
  });
  let text: string;
  try {
    text = readFileSync(resolve(folder, file), "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : String(code);
    return problem("agent-file", `${file} can't be read: ${why} (in ${folder})`);
  }
  try {
    return { text, value: JSON.parse(text) as unknown };
  } catch (error) {
    return problem("agent-file", `${file} is no JSON: ${messageOf(error)}`);
  }
}

/** What is wrong with what a profile gives agents on a platform; at the line that names it. */
function check(
  profile: AgentProfile,
  platform: AgentPlatform,
  position: SourcePosition,
): readonly Diagnostic[] {
  const value = configurationOf(profile, platform);
  const found = [...checkAgentConfiguration(value, platform)];
  if (!hasErrors(found)) found.push(...checkHeartbeat(value, platform));
  const own = profile.own?.[platform];
  const source = own ? own.file : `profile "${profile.name}" on ${platform}`;
  return found.map((one) => at(own?.position ?? position, { ...one, message: `${source}: ${one.message}` }));
}

function at({ file, line, column }: SourcePosition, diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, path: file, line, column };
}
