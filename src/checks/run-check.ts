// Checks: how to ask an endpoint by HTTP, TCP, TLS or DNS. One file a kind does the asking, pure functions judge what came. A check
// never throws for what an endpoint does, leaves no connection open and is over in time.
import type { CheckKind, CheckResult, CheckSpec } from "../model/check.ts";
import { Attempt, type CheckContext, type CheckReason } from "./attempt.ts";
import { checkDns } from "./dns.ts";
import { reasonFor } from "./failures.ts";
import { checkHttp } from "./http.ts";
import { checkTcp } from "./tcp.ts";
import { checkTls } from "./tls.ts";

/** Seconds that a check may take when it doesn't say. */
const DEFAULT_TIMEOUT_SECONDS = 10;

type Runner<S extends CheckSpec> = (check: S, attempt: Attempt) => Promise<CheckReason>;

/** Who asks, by kind. */
const CHECKS = {
  http: checkHttp,
  tcp: checkTcp,
  tls: checkTls,
  dns: checkDns,
} satisfies { readonly [K in CheckKind]: Runner<Extract<CheckSpec, { readonly kind: K }>> };

/**
 * Asks an endpoint once. Resolves whatever happens: what is wrong with the endpoint, or with the check, is the result's reason.
 * Certificates are judged by the context's clock; phases and deadlines are in real time.
 */
export async function runCheck(spec: CheckSpec, context: CheckContext): Promise<CheckResult> {
  const attempt = new Attempt(context, spec.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS);
  try {
    const run = CHECKS[spec.kind] as Runner<CheckSpec>;
    const reason = await Promise.race([attempt.stopped, run(spec, attempt)]);
    return attempt.finish(reason);
  } catch (error) {
    return attempt.finish(reasonFor(error, attempt.phase));
  }
}
