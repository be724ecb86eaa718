import { NOTHING_PLANNED, type PlannedChanges } from "../plan/planner.ts";
import { type OpenConnection, unreachableScope } from "./open-connection.ts";

/** The part of a plan that stands for an account that couldn't be reached: it changes nothing there, and says so. */
export function planUnreachable(
  account: OpenConnection["unreachable"][number],
  type: string,
): PlannedChanges {
  const scope = unreachableScope(account, type);
  const message = `account ${scope.account} can't be reached, so nothing is planned there: ${account.error.message}`;
  return {
    ...NOTHING_PLANNED,
    scopes: [scope],
    notes: [{ severity: "error", code: "account-unreachable", message }],
  };
}
