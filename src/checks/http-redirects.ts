import { CheckFailure } from "./attempt.ts";

/** One request on the way. */
export interface HttpStep {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** As many as Go's client follows, which blackbox_exporter uses. */
const MOST_REDIRECTS = 10;

/** Headers that may go to another origin than the one they were written for. */
const HARMLESS = /^(accept(-language)?|user-agent|cache-control)$/i;

/**
 * The request that an answer leads to; undefined when it is none of those that redirect. `trail`: what was asked so far, the request
 * that was answered included. Throws `CheckFailure` when the way is too long, a circle, or leads nowhere.
 */
export function redirected(
  step: HttpStep,
  status: number,
  location: string | undefined,
  trail: readonly string[],
): HttpStep | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const url = URL.canParse(location, step.url.href) ? new URL(location, step.url) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new CheckFailure(
      "bad-redirect",
      `status ${status} leads to "${location}", which is no web address`,
    );
  // Statuses 307 and 308 repeat the request; the others make a GET of what isn't one, as browsers do.
  const again = status >= 307 || step.method === "GET" || step.method === "HEAD";
  const same = url.origin === step.url.origin;
  const next: HttpStep = {
    url,
    method: again ? step.method : "GET",
    body: again ? step.body : undefined,
    headers: Object.fromEntries(
      Object.entries(step.headers).filter(
        ([name]) => (same || HARMLESS.test(name)) && (again || !/^content-/i.test(name)),
      ),
    ),
  };
  const key = stepKey(next);
  const before = trail.indexOf(key);
  if (before >= 0)
    throw new CheckFailure(
      "too-many-redirects",
      `redirects go round in a circle: ${[...trail.slice(before), key].map(shown).join(" -> ")}`,
    );
  if (trail.length > MOST_REDIRECTS)
    throw new CheckFailure(
      "too-many-redirects",
      `more than ${MOST_REDIRECTS} redirects, the last to ${shown(key)}`,
    );
  return next;
}

/** What makes two requests the same; no cookies are kept, so that the same one is answered in the same way. */
export function stepKey({ method, url }: HttpStep): string {
  return `${method} ${plainUrl(url)}`;
}

/** A URL without its user, password and fragment. */
export function plainUrl(url: URL): string {
  return `${url.origin}${url.pathname}${url.search}`;
}

function shown(key: string): string {
  return key.slice(key.indexOf(" ") + 1);
}
