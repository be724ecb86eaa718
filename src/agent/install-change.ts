import type { AgentPlatform } from "../model/agent-policy.ts";
import type { AgentState } from "./agent-state.ts";

/** What is done on one instance, as data that a saved plan keeps. */
export type InstallStep =
  | {
      readonly do: "install";
      readonly instance: string;
      readonly platform: AgentPlatform;
      readonly profile: string;
      /** Name of the parameter that holds the configuration, and the configuration's hash. */
      readonly parameter: string;
      readonly hash: string;
      /** `latest`, or a number. */
      readonly version: string;
      /** Whether the package is installed as well; else the agent that is there is configured. */
      readonly package: boolean;
      /** Systems Manager doesn't reach it yet: its role comes first. */
      readonly waits: boolean;
      /** Its tags already say what was there before. */
      readonly recorded: boolean;
      readonly replaceAgent: boolean;
    }
  | { readonly do: "uninstall"; readonly instance: string; readonly platform: AgentPlatform }
  | {
      /** Takes our configuration away, and brings back the version that was there. */
      readonly do: "unconfigure";
      readonly instance: string;
      readonly platform: AgentPlatform;
      readonly parameter: string;
      readonly version: string;
    }
  | { readonly do: "release"; readonly instance: string; readonly platform: AgentPlatform };

export type Installation = Extract<InstallStep, { readonly do: "install" }>;

/** The agent of an instance before the change. */
export interface InstallState {
  readonly agent: AgentState;
  readonly configuration: string | null;
}
