import { Resolver } from "node:dns/promises";
import type { DnsCheck } from "../model/check.ts";
import { type Attempt, CheckFailure, type CheckReason } from "./attempt.ts";
import { answerTexts, judgeAnswers, type ResolverAnswer } from "./dns-answers.ts";

/** What a resolver's errors mean: `ENODATA` is an answer without records. */
const MEANINGS: Readonly<Record<string, readonly [CheckFailure["code"], string]>> = {
  ENOTFOUND: ["no-such-host", "there is no such name (NXDOMAIN)"],
  ESERVFAIL: ["dns-failed", "the name server failed (SERVFAIL)"],
  EREFUSED: ["dns-failed", "the name server refused to answer (REFUSED)"],
  ENOTIMP: ["dns-failed", "the name server doesn't know such questions (NOTIMP)"],
  EFORMERR: ["dns-failed", "the name server didn't understand the question (FORMERR)"],
  EBADRESP: ["protocol", "what came is no DNS answer"],
  ECONNREFUSED: ["connection-refused", "no name server can be reached"],
  ETIMEOUT: ["timeout", "no answer from the name server"],
  EBADNAME: ["bad-check", "that is no name"],
};

/** Asks a name server. A question that stays without an answer is asked once more, since UDP may lose it. */
export async function checkDns(check: DnsCheck, attempt: Attempt): Promise<CheckReason> {
  const timeout = (check.timeoutSeconds ?? 10) * 1000;
  // The second try waits twice as long: both fit.
  const resolver = new Resolver({ timeout: Math.max(1, Math.floor(timeout / 3)), tries: 2 });
  if (check.server !== undefined) setServer(resolver, check.server);
  attempt.keep({ destroy: () => resolver.cancel() });
  attempt.begin("dns");
  let answers: readonly string[];
  try {
    answers = answerTexts(check.type, (await resolver.resolve(check.name, check.type)) as ResolverAnswer);
  } catch (error) {
    const code = String((error as { readonly code?: unknown }).code);
    if (code !== "ENODATA") {
      const meaning = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
      throw meaning ? new CheckFailure(meaning[0], `${check.name}: ${meaning[1]}`) : error;
    }
    answers = [];
  }
  attempt.pause();
  attempt.details.answers = answers;
  return judgeAnswers(check, answers);
}

function setServer(resolver: Resolver, server: string): void {
  try {
    resolver.setServers([server]);
  } catch {
    throw new CheckFailure("bad-check", `server "${server}" is no address or address:port`);
  }
}
