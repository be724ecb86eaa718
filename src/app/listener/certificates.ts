import type { CertificateFetcher } from "../../events/sns-delivery.ts";

/** Certificates kept: SNS has one a region at a time, and a new address for each new one. */
const MOST = 100;
const TIMEOUT = 5_000;
const LARGEST = 64 * 1024;

/** Gets certificates over https, follows no redirect, and keeps what it got. One fetch serves all who wait for the same. */
export function certificateFetcher(get: typeof fetch = fetch): CertificateFetcher {
  const known = new Map<string, Promise<string>>();
  return (url) => {
    const found = known.get(url);
    if (found) return found;
    const [oldest] = known.keys();
    if (known.size >= MOST && oldest !== undefined) known.delete(oldest);
    const fetched = download(url, get);
    known.set(url, fetched);
    // A failure isn't kept; whoever asked hears of it.
    fetched.catch(() => known.delete(url));
    return fetched;
  };
}

async function download(url: string, get: typeof fetch): Promise<string> {
  if (!url.startsWith("https://")) throw new Error("its address isn't https");
  const answer = await get(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT) });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const pem = await answer.text();
  if (pem.length > LARGEST) throw new Error(`answered with ${pem.length} characters`);
  return pem;
}
