import { hashOf } from "../support/canonical-json.ts";
import { WatchkeeperError } from "../support/errors.ts";
import type { Plan } from "./plan.ts";

/** Version of the plan file's own form. Whatever it is, only the version of the tool that wrote a plan applies it. */
const FORMAT = 1;
/** A plan is good for a day. */
const VALID_MS = 24 * 3_600_000;
/** Clocks of two machines may differ by this much. */
const SKEW_MS = 10 * 60_000;

/** Who reads a plan file, and what for. */
export interface PlanFileReader {
  /** Version of the tool. */
  readonly toolVersion: string;
  /** The configuration that is to be applied. */
  readonly configuration: Plan["configuration"];
  /** Ids of the accounts that were reached. */
  readonly accounts: readonly string[];
  readonly now: Date;
}

/** The text of a plan file. */
export function formatPlanFile(plan: Plan, toolVersion: string): string {
  const accounts = [...new Set(plan.scopes.map(({ account }) => account))].sort();
  const file = { watchkeeperPlan: FORMAT, tool: toolVersion, accounts, hash: hashOf(plan), plan };
  return `${JSON.stringify(file)}\n`;
}

/**
 * Reads a saved plan back.
 * @throws WatchkeeperError `plan-file-invalid`, `plan-file-version`, `plan-file-configuration`, `plan-file-account`, `plan-file-expired`.
 */
export function parsePlanFile(text: string, reader: PlanFileReader): Plan {
  const file = parsed(text);
  const { toolVersion, configuration, accounts, now } = reader;
  if (file["watchkeeperPlan"] !== FORMAT || file["tool"] !== toolVersion)
    throw refusal(
      "plan-file-version",
      `the plan was made by watchkeeper ${String(file["tool"])}, this is ${toolVersion}`,
    );
  const plan = file["plan"];
  if (!isPlan(plan))
    throw refusal("plan-file-invalid", "the plan file is damaged: its plan has no changes that can be read");
  if (file["hash"] !== hashOf(plan))
    throw refusal("plan-file-invalid", "the plan file is damaged: it isn't as it was written");
  if (plan.configuration.name !== configuration.name)
    throw refusal(
      "plan-file-configuration",
      `the plan is for configuration "${plan.configuration.name}", not "${configuration.name}"`,
    );
  if (plan.configuration.hash !== configuration.hash)
    throw refusal(
      "plan-file-configuration",
      `configuration "${configuration.name}" has changed since the plan was made`,
    );
  // An account that could not be reached has no id in its scope, and no changes.
  const planned = new Set(
    [...plan.scopes, ...plan.changes.map(({ scope }) => scope)]
      .map(({ account }) => account)
      .filter((account) => /^\d{12}$/.test(account)),
  );
  for (const account of planned)
    if (!accounts.includes(account))
      throw refusal(
        "plan-file-account",
        `the plan is for account ${account}, and this is ${accounts.join(", ") || "none"}`,
      );
  const age = now.getTime() - Date.parse(plan.createdAt);
  if (!(age >= -SKEW_MS && age <= VALID_MS))
    throw refusal(
      "plan-file-expired",
      age < 0
        ? `the plan was made in the future, at ${plan.createdAt}`
        : `the plan was made at ${plan.createdAt}, more than 24 hours ago`,
    );
  return plan;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refusal("plan-file-invalid", "the plan file is no JSON: it may be cut short", error);
  }
  if (typeof value !== "object" || value === null || !("watchkeeperPlan" in value))
    throw refusal("plan-file-invalid", "this is no plan file");
  return value as Readonly<Record<string, unknown>>;
}

/** As much of the form as keeps a damaged file from doing anything. */
function isPlan(value: unknown): value is Plan {
  if (!isRecord(value) || !isRecord(value["configuration"]) || typeof value["createdAt"] !== "string")
    return false;
  const { scopes, changes } = value;
  return (
    Array.isArray(scopes) &&
    scopes.every((scope) => isRecord(scope) && typeof scope["account"] === "string") &&
    Array.isArray(changes) &&
    changes.every(isChange)
  );
}

function isChange(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value["scope"]) || !isRecord(value["reason"])) return false;
  if (["address", "identity", "name", "action"].some((key) => typeof value[key] !== "string")) return false;
  if (!Array.isArray(value["fields"])) return false;
  const { action } = value;
  if ((action === "create" || action === "update" || action === "mark") && !isRecord(value["after"]))
    return false;
  return (
    action === "create" ||
    action === "keep" ||
    action === "conflict" ||
    typeof value["beforeHash"] === "string"
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function refusal(code: string, message: string, cause?: unknown): WatchkeeperError {
  return new WatchkeeperError(code, message, {
    remedy: "make a new one: watchkeeper plan --out FILE",
    cause,
  });
}
