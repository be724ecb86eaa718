// An account that answers what it is told to.
import type { AwsSession } from "../../src/aws/session.ts";
import { WatchkeeperError } from "../../src/support/errors.ts";

/** What AWS answers, by `service:Operation`; one that isn't there is refused. */
export type Answers = Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => unknown>>;

/** A session that answers from a table and remembers what it was asked, in order. */
export function scriptedAws(answers: Answers): { readonly session: AwsSession; readonly calls: string[] } {
  const calls: string[] = [];
  const send = async (service: string, operation: string, input: Readonly<Record<string, unknown>>) => {
    const call = `${service}:${operation}`;
    calls.push(call);
    const answer = answers[call];
    if (answer) return answer(input);
    throw new WatchkeeperError("AccessDenied", `${call} is not allowed`, { source: "aws" });
  };
  const session = {
    account: "111122223333",
    accountName: "111122223333",
    region: "eu-central-1",
    partition: "aws",
    send,
    async *pages(service: string, operation: string, input: Readonly<Record<string, unknown>>) {
      yield await send(service, operation, input);
    },
  };
  return { session: session as unknown as AwsSession, calls };
}
