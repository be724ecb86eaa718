import type { Guard } from "../guard.ts";
import { attempts } from "./attempts.ts";
import { autoScaling } from "./auto-scaling.ts";
import { cooldown } from "./cooldown.ts";
import { deployment } from "./deployment.ts";
import { fleet } from "./fleet.ts";
import { hours } from "./hours.ts";
import { instanceState } from "./instance-state.ts";
import { oneOfGroup } from "./one-of-group.ts";
import { optIn } from "./opt-in.ts";
import { scheduledEvent } from "./scheduled-event.ts";
import { staleAlarm } from "./stale-alarm.ts";
import { symptoms } from "./symptoms.ts";

/** All guards, in the order in which a refusal is told: what says most comes first. */
export const GUARDS = {
  "instance-state": instanceState,
  "opt-in": optIn,
  "stale-alarm": staleAlarm,
  "auto-scaling": autoScaling,
  symptoms,
  cooldown,
  attempts,
  "one-of-group": oneOfGroup,
  deployment,
  "scheduled-event": scheduledEvent,
  fleet,
  hours,
} as const satisfies Readonly<Record<string, Guard>>;

export type GuardName = keyof typeof GUARDS;
