import type { TcpCheck } from "../model/check.ts";
import type { Attempt, CheckReason } from "./attempt.ts";
import { connect } from "./connection.ts";
import { excerptOf } from "./excerpt.ts";

/** Bytes that are read in search of what is expected. */
const MOST_BYTES = 64 * 1024;

/** Connects, says what is to be said, and listens for what is expected. */
export async function checkTcp(check: TcpCheck, attempt: Attempt): Promise<CheckReason> {
  const socket = await connect(check.host, check.port, attempt);
  if (check.send !== undefined) socket.write(check.send);
  const { expect } = check;
  if (expect === undefined) {
    attempt.pause();
    return { code: "ok", text: "connected" };
  }
  attempt.begin("firstByte");
  let heard = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    if (heard.length === 0) attempt.begin("transfer");
    heard = Buffer.concat([heard, chunk]);
    attempt.details.excerpt = excerptOf(heard.toString());
    attempt.details.bodyBytes = heard.length;
    if (heard.includes(expect)) {
      attempt.pause();
      return { code: "ok", text: `connected, "${expect}" came` };
    }
    if (heard.length > MOST_BYTES) break;
  }
  attempt.pause();
  return {
    code: "body",
    text: `"${expect}" did not come: ${heard.length > MOST_BYTES ? "something else did, and much of it" : `the other side closed after ${heard.length} bytes`}`,
  };
}
