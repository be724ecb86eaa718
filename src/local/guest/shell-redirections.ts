import type { Output } from "./machine.ts";
import type { Shell } from "./shell-state.ts";
import type { Redirection } from "./shell-tree.ts";

/** A redirection with its file's whole path. */
export interface Target {
  readonly from: Redirection["from"];
  readonly append: boolean;
  readonly to: string | 1 | 2;
}

/** Sends what was said where its redirections lead, each in turn. */
export function redirected(shell: Shell, into: readonly Target[], output: Output): Output {
  if (into.length === 0) return output;
  let outTo: string | 1 | 2 = 1;
  let errTo: string | 1 | 2 = 2;
  for (const { from, to, append } of into) {
    if (from === 0) continue;
    if (typeof to === "string" && !to.startsWith("/dev/")) {
      if (shell.machine.guest.diskFull)
        return { out: "", err: `sh: cannot create ${to}: No space left on device\n`, code: 1 };
      if (!append) shell.machine.guest.files.set(to, "");
    }
    const target: string | 1 | 2 = to === 1 ? outTo : to === 2 ? errTo : to;
    if (from === 1 || from === "both") outTo = target;
    if (from === 2 || from === "both") errTo = target;
  }
  let out = "";
  let err = "";
  for (const [text, to] of [
    [output.out, outTo],
    [output.err, errTo],
  ] as const) {
    if (to === 1) out += text;
    else if (to === 2) err += text;
    else if (!to.startsWith("/dev/"))
      shell.machine.guest.files.set(to, (shell.machine.guest.files.get(to) ?? "") + text);
  }
  return { out, err, code: output.code };
}
