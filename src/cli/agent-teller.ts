import type { AgentListener } from "../app/agent/apply-agent.ts";
import type { Progress } from "./progress.ts";

/** Takes what a rollout tells to the line of progress, once there is one. */
export class AgentTeller {
  #progress: Progress | undefined;

  /** Shows what is told from now on. */
  attach(progress: Progress): void {
    this.#progress = progress;
  }

  readonly listen: AgentListener = (event) => this.#progress?.say(textOf(event));
}

function textOf(event: Parameters<AgentListener>[0]): string {
  switch (event.kind) {
    case "registration":
      return `waiting for Systems Manager to reach ${instances(event.waiting)}`;
    case "wave":
      return `wave ${event.wave} of ${event.waves}: ${instances(event.instances)}`;
    case "stopped":
      return `stopped: ${event.reason}`;
  }
}

function instances(count: number): string {
  return count === 1 ? "1 instance" : `${count} instances`;
}
