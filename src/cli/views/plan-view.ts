import type { PlannedRegion } from "../../app/plan-report.ts";
import { formatDuration } from "../../model/duration.ts";
import { isUrgent } from "../../plan/combine.ts";
import type { Change, Plan, PlanNote } from "../../plan/plan.ts";
import { displayWidth, fitTo, printable, type Style, wrap } from "../style.ts";
import { readCost } from "./call-cost.ts";
import { changeText } from "./change-text.ts";

/** How much of a long plan is listed. */
export interface PlanViewOptions {
  readonly width: number;
  readonly style: Style;
  /** Changes listed for each account and region before the rest is counted. */
  readonly most: number;
}

const SYMBOLS: Readonly<Record<Change["action"], string>> = {
  create: "+",
  update: "~",
  delete: "-",
  mark: "·",
  keep: "=",
  conflict: "!",
};

/** What is listed first: what a person must look at, then what will happen, then what stays. */
const ORDER: readonly Change["action"][] = ["create", "update", "mark", "keep", "delete", "conflict"];

/** A plan for people, line by line: what it is, what changes, what it costs. */
export function* planLines(
  plan: Plan,
  regions: readonly PlannedRegion[],
  options: PlanViewOptions,
): Generator<string> {
  for (const region of regions) {
    yield heading(plan, region, options);
    const place = `${region.account}/${region.region}/`;
    const changes = plan.changes.filter((change) => change.address.startsWith(place));
    const scopes = plan.scopes.filter((s) => s.account === region.account && s.region === region.region);
    if (changes.length > 0) yield "";
    yield* changeLines(changes, options);
    for (const scope of scopes) {
      if (!scope.complete) {
        const text = `  ! ${scope.type} could not be read whole: ${printable(scope.error?.message ?? "unknown reason")}`;
        yield* wrap(text, options.width, "      ").map(options.style.red);
      }
    }
    yield "";
  }
  yield* noteLines(plan.notes, options);
  yield totals(plan, options.style);
  yield costs(plan);
}

/** `2 to create, 1 to delete, 74 unchanged`, or that there is nothing to do. */
export function totals(plan: Plan, style: Style): string {
  const { create, mark, kept, conflict, unchanged } = plan.summary;
  const waiting = plan.changes.filter(waits).length;
  const update = plan.summary.update - waiting;
  const remove = plan.summary.delete;
  const parts = [
    create > 0 ? style.green(`${create} to create`) : "",
    update > 0 ? style.yellow(`${update} to change`) : "",
    waiting > 0 ? style.yellow(`${waiting} waiting for confirmation, to be asked again`) : "",
    mark > 0 ? `${mark} ${mark === 1 ? "mark" : "marks"} to bring up to date` : "",
    remove > 0 ? style.red(`${remove} to delete`) : "",
    kept > 0 ? `${kept} kept` : "",
    conflict > 0 ? style.red(conflict === 1 ? "1 conflict" : `${conflict} conflicts`) : "",
    `${unchanged} unchanged`,
  ].filter((part) => part !== "");
  const nothing = create + update + mark + remove === 0 ? "Nothing to change: " : "";
  return nothing + parts.join(", ");
}

/** Nothing to change but to ask once more: somebody else's confirmation is missing. */
function waits({ action, reason }: Change): boolean {
  return action === "update" && reason.code === "subscription-pending";
}

function costs(plan: Plan): string {
  const { cost, calls, estimatedSeconds } = plan;
  const hasAlarms = plan.scopes.some(({ type }) => type === "cloudwatch.alarm");
  const money = !hasAlarms
    ? ""
    : Math.abs(cost.before - cost.after) < 0.005
      ? `alarms ${dollars(cost.after)} a month`
      : `alarms ${dollars(cost.before)} -> ${dollars(cost.after)} a month`;
  const made = sum(calls.made);
  const toMake = sum(calls.toMake);
  const waves = plan.changes.some(
    ({ scope, after }) => scope.type === "agent.install" && after !== undefined,
  );
  const apply =
    toMake === 0
      ? ""
      : ` · apply: ${toMake} ${toMake === 1 ? "call" : "calls"}, about ${formatDuration(Math.max(1, Math.ceil(estimatedSeconds)))}${waves ? ", and the waves" : ""}`;
  return `${money === "" ? "" : `${money} · `}${made} ${made === 1 ? "call" : "calls"} made (${dollars(readCost(calls.made))})${apply}`;
}

function heading(plan: Plan, region: PlannedRegion, options: PlanViewOptions): string {
  const account =
    region.accountName === region.account ? region.account : `${region.accountName} (${region.account})`;
  const counts = region.resources.map(({ count, label }) => `${count} ${label}`);
  const { total, ours } = region.alarms ?? {};
  const alarms = total === undefined ? [] : [`${total} ${total === 1 ? "alarm" : "alarms"} (${ours} ours)`];
  const seen = [...counts, ...alarms].join(", ") || `planned ${plan.createdAt}`;
  return options.style.bold(
    `${plan.configuration.name} · ${printable(account)} · ${region.region} · ${seen}`,
  );
}

function* changeLines(changes: readonly Change[], options: PlanViewOptions): Generator<string> {
  const sorted = [...changes].sort((a, b) => rank(a) - rank(b));
  const listed = sorted.slice(0, options.most);
  const names = Math.min(40, Math.max(16, ...listed.map((change) => titleOf(change).length)));
  const labels = Math.min(20, Math.max(0, ...listed.map((change) => (change.label ?? "").length)));
  for (const change of listed) yield* changeLine(change, names, labels, options);
  const rest = sorted.slice(options.most);
  for (const action of ORDER) {
    const count = rest.filter((change) => change.action === action).length;
    if (count > 0)
      yield options.style.dim(
        `  ${SYMBOLS[action]} … and ${count} more to ${VERBS[action]} (--all lists them)`,
      );
  }
}

/** Alarms go by their name; everything else says what it is. */
function titleOf({ scope, name }: Change): string {
  return scope.type === "cloudwatch.alarm" ? name : `${scope.type} ${name}`;
}

const VERBS: Readonly<Record<Change["action"], string>> = {
  create: "create",
  update: "change",
  delete: "delete",
  mark: "mark",
  keep: "keep",
  conflict: "decide",
};

function rank(change: Change): number {
  return shouts(change) ? -1 : ORDER.indexOf(change.action);
}

function shouts(change: Change): boolean {
  return isUrgent(change) || silenced(change);
}

/** People removed actions or switched them off: they will be put back, or somebody must decide while the alarm tells nobody. */
function silenced(change: Change): boolean {
  return change.fields.some(
    ({ field, verdict, live }) =>
      /[aA]ctions/.test(field) &&
      (verdict === "restore" || (verdict === "conflict" && Array.isArray(live) && live.length === 0)),
  );
}

function* changeLine(
  change: Change,
  names: number,
  labels: number,
  options: PlanViewOptions,
): Generator<string> {
  const { style, width } = options;
  const symbol = shouts(change) ? "!" : SYMBOLS[change.action];
  const colour =
    symbol === "+"
      ? style.green
      : symbol === "~"
        ? style.yellow
        : symbol === "-" || symbol === "!"
          ? style.red
          : style.dim;
  const label = labels > 0 ? `${fitTo(printable(change.label ?? ""), labels)}  ` : "";
  const title = printable(titleOf(change));
  // What belongs to no resource has the label's room, too.
  const head =
    change.scope.type === "cloudwatch.alarm"
      ? `  ${symbol} ${fitTo(title, names)}  ${label}`
      : change.label === undefined
        ? `  ${symbol} ${title.padEnd(names + (labels > 0 ? labels + 2 : 0))}  `
        : `  ${symbol} ${title.padEnd(names)}  ${label}`;
  const what = printable(changeText(change));
  const why = printable(change.action === "create" ? "" : change.reason.text);
  const [first, second] = what === "" ? [why, ""] : [what, why];
  const line = `${head}${first}`.trimEnd();
  const isWide = displayWidth(line) > width;
  if (isWide) yield colour(head.trimEnd());
  if (isWide) yield* indented(first, width).map(colour);
  else if (second !== "" && displayWidth(line) + 3 + displayWidth(second) <= width) {
    yield `${colour(line)}   ${style.dim(second)}`;
    return;
  } else yield colour(line);
  if (second !== "") yield* indented(second, width).map(style.dim);
}

/** Text below what it belongs to. */
function indented(text: string, width: number): readonly string[] {
  return wrap(`      ${text}`, width, "      ");
}

function* noteLines(notes: readonly PlanNote[], options: PlanViewOptions): Generator<string> {
  const shown = notes.slice(0, 20);
  for (const note of shown) {
    const { red, yellow } = options.style;
    const lines = wrap(printable(note.message), options.width, "  ");
    yield* note.severity === "error"
      ? lines.map(red)
      : note.severity === "warning"
        ? lines.map(yellow)
        : lines;
  }
  if (notes.length > shown.length)
    yield `… and ${notes.length - shown.length} more notes (--json has them all)`;
  if (notes.length > 0) yield "";
}

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;
const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0);
