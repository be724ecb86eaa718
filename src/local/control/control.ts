import { parseDuration } from "../../model/duration.ts";
import { messageOf } from "../../support/errors.ts";
import { parseFaults } from "../fault-settings.ts";
import type { LocalCloud } from "../server.ts";
import { textOf, type WireRequest } from "../wire/message.ts";
import { changeGuest, describeGuest } from "./guests.ts";

/** Paths that belong to the local cloud itself, not to AWS. */
export const CONTROL_PREFIX = "/_local/";

/** An answer of the control interface, to be sent as JSON. */
export interface ControlAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** `rest`: what the path has behind the endpoint's name. */
type Action = (local: LocalCloud, request: WireRequest, rest: string) => unknown;

/** What can be asked, by path and method. */
const ENDPOINTS: Readonly<Record<string, Readonly<Record<string, Action>>>> = {
  health: { GET: () => ({ status: "ok" }) },
  clock: { GET: readClock, POST: moveClock },
  requests: {
    GET: ({ requests }) => Object.fromEntries([...requests].sort(([a], [b]) => (a < b ? -1 : 1))),
    DELETE: (local) => {
      local.resetRequests();
      return {};
    },
  },
  guests: {
    GET: ({ cloud }, _request, id) => describeGuest(cloud, id),
    PUT: ({ cloud }, request, id) => changeGuest(cloud, id, bodyOf(request)),
  },
  faults: {
    GET: ({ faults }) => faults.settings,
    PUT: (local, request) => {
      local.faults.set(parseFaults(bodyOf(request)));
      return local.faults.settings;
    },
  },
};

/**
 * Answers a request to `/_local/`. `boundHost`: the host the server listens on. Pages in a browser must not be able to move
 * the clock: requests with an Origin, and requests for another name than the machine's own (DNS rebinding), are refused.
 */
export async function answerControl(
  local: LocalCloud,
  request: WireRequest,
  boundHost: string,
): Promise<ControlAnswer> {
  if (request.headers["origin"] !== undefined) return refused(403, "requests from web pages are refused");
  const host = hostName(request.headers["host"] ?? "");
  if (!isLoopback(host) && host !== boundHost) {
    return refused(
      403,
      `the host "${host}" is not this server: ask for 127.0.0.1, localhost or ${boundHost}`,
    );
  }
  const [name = "", ...segments] = request.path.slice(CONTROL_PREFIX.length).split("/");
  const rest = segments.join("/");
  const known = Object.hasOwn(ENDPOINTS, name) && (rest !== "") === (name === "guests");
  const endpoint = known ? ENDPOINTS[name] : undefined;
  if (!endpoint)
    return refused(
      404,
      `there is no ${request.path}; there are ${Object.keys(ENDPOINTS)
        .map((one) => (one === "guests" ? "guests/<instance id>" : one))
        .join(", ")}`,
    );
  const action = Object.hasOwn(endpoint, request.method) ? endpoint[request.method] : undefined;
  if (!action) return refused(405, `${request.path} answers ${Object.keys(endpoint).join(" and ")} only`);
  try {
    return { status: 200, json: await action(local, request, rest) };
  } catch (error) {
    if (error instanceof RangeError) return refused(400, error.message);
    throw error;
  }
}

function readClock({ cloud, hostNow }: LocalCloud): unknown {
  const now = cloud.clock.time();
  return { now: new Date(now).toISOString(), offsetMs: now - hostNow() };
}

/** `{"advance": "1h"}` or `{"to": "2026-12-01T00:00:00Z"}`; answers when everything due on the way has happened. */
async function moveClock(local: LocalCloud, request: WireRequest): Promise<unknown> {
  const { clock } = local.cloud;
  const body = bodyOf(request);
  const { advance, to } = body as { readonly advance?: unknown; readonly to?: unknown };
  if ((advance === undefined) === (to === undefined)) {
    throw new RangeError('give either {"advance": "1h"} or {"to": "2026-12-01T00:00:00Z"}');
  }
  if (advance !== undefined) {
    const seconds =
      typeof advance === "string" || typeof advance === "number" ? parseDuration(advance) : undefined;
    if (seconds === undefined)
      throw new RangeError(`${JSON.stringify(advance)} is not a duration like "90s" or "1h30m"`);
    await clock.advance(seconds * 1000);
  } else {
    const time = typeof to === "string" ? Date.parse(to) : Number.NaN;
    if (Number.isNaN(time))
      throw new RangeError(`${JSON.stringify(to)} is not a time like "2026-12-01T00:00:00Z"`);
    await clock.jumpTo(new Date(time));
  }
  return readClock(local);
}

function bodyOf(request: WireRequest): object {
  let body: unknown;
  try {
    body = JSON.parse(textOf(request.body));
  } catch (error) {
    throw new RangeError(`the body is not JSON: ${messageOf(error)}`);
  }
  if (typeof body !== "object" || body === null) throw new RangeError("the body is not a JSON object");
  return body;
}

function refused(status: number, error: string): ControlAnswer {
  return { status, json: { error } };
}

/** The name in a Host header, without port and brackets. */
function hostName(header: string): string {
  return header
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
