import { labelProblem } from "../../config/notifications/label-problem.ts";
import type { Matcher, Silence } from "../../model/alert.ts";
import { parseMatchers } from "../../model/matcher.ts";
import { LABELS } from "../../notify/labels.ts";
import type { Store } from "../../state/store.ts";
import { WatchkeeperError } from "../../support/errors.ts";

/** More silences than people keep an overview of. */
const MOST = 1000;
/** How long one that has ended is listed, ms. */
const REMEMBERED = 5 * 86_400_000;

/** A new silence. Times in ms. */
export interface SilenceRequest {
  /** Each `name="value"`, as Alertmanager writes them. */
  readonly matchers: readonly string[];
  readonly startsAt: number;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** All silences that are in force, to come, or ended lately; the one that ends first comes first. */
export async function allSilences(store: Store): Promise<readonly Silence[]> {
  const found = await store.list("silences", { limit: MOST });
  return found.map(({ value }) => value).sort((a, b) => a.endsAt - b.endsAt || (a.id < b.id ? -1 : 1));
}

/** Stores a silence. `id` is its name, short enough to be typed. Fails with `bad-matcher` or `bad-silence`. */
export async function addSilence(store: Store, id: string, request: SilenceRequest): Promise<Silence> {
  const { startsAt, endsAt, createdBy, comment } = request;
  const matchers = request.matchers.flatMap(matchersOf);
  if (matchers.length === 0)
    throw new WatchkeeperError("bad-matcher", "a silence without matchers would silence everything", {
      remedy:
        'for example: watchkeeper silence add alertname="cpu-high-i-0123" --for 2h --comment "being resized"',
    });
  for (const { name } of matchers) {
    const problem = labelProblem(name, LABELS);
    if (problem !== undefined) throw new WatchkeeperError("bad-matcher", problem);
  }
  if (endsAt <= startsAt) throw new WatchkeeperError("bad-silence", "a silence must last for some time");
  if ((await store.list("silences", { limit: MOST })).length >= MOST)
    throw new WatchkeeperError("too-many-silences", `there are ${MOST} silences already`, {
      remedy: "end some by `watchkeeper silence expire`, or write one whose matchers cover more",
    });
  const silence: Silence = { id, matchers, startsAt, endsAt, createdBy, comment };
  await put(store, silence, 0);
  return silence;
}

/** Ends a silence at `now`: it stays listed for some days. Fails with `unknown-silence`, or with `silence-ended` when it has. */
export async function expireSilence(store: Store, id: string, now: number): Promise<Silence> {
  const found = await store.get("silences", id);
  if (!found)
    throw new WatchkeeperError("unknown-silence", `there is no silence ${JSON.stringify(id)}`, {
      remedy: "`watchkeeper silence list` shows them",
    });
  if (found.value.endsAt <= now)
    throw new WatchkeeperError(
      "silence-ended",
      `silence ${id} ended at ${new Date(found.value.endsAt).toISOString()}`,
    );
  const silence = { ...found.value, endsAt: Math.max(now, found.value.startsAt) };
  await put(store, silence, found.version);
  return silence;
}

async function put(store: Store, silence: Silence, expected: number): Promise<void> {
  const conflict = await store.commit([
    {
      kind: "put",
      collection: "silences",
      key: silence.id,
      value: silence,
      expected,
      expires: silence.endsAt + REMEMBERED,
    },
  ]);
  if (conflict)
    throw new WatchkeeperError("silence-changed", `somebody else has just changed silence ${silence.id}`, {
      retryable: true,
      remedy: "look at it with `watchkeeper silence list` and try again",
    });
}

function matchersOf(text: string): readonly Matcher[] {
  const found = parseMatchers(text);
  if (typeof found === "string")
    throw new WatchkeeperError("bad-matcher", `matcher ${JSON.stringify(text)}: ${found}`);
  return found;
}
