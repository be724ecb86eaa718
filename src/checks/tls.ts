import type { TlsCheck } from "../model/check.ts";
import type { Attempt, CheckReason } from "./attempt.ts";
import { connect, secure } from "./connection.ts";

/** Shakes hands by TLS and looks at the certificates. */
export async function checkTls(check: TlsCheck, attempt: Attempt): Promise<CheckReason> {
  const { host, port, serverName: name = host, minimumDays } = check;
  const socket = await connect(host, port, attempt);
  await secure(socket, { name, verify: true, minimumDays }, attempt);
  attempt.pause();
  const until = new Date(attempt.details.certificateExpires ?? 0).toISOString().slice(0, 10);
  return { code: "ok", text: `${attempt.details.tlsVersion}, valid until ${until}` };
}
