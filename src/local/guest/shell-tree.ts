// What a script is once it has been read.

/** A piece of a word; quoted ones aren't split. */
export type Part =
  | { readonly kind: "text"; readonly text: string; readonly quoted: boolean }
  | { readonly kind: "variable"; readonly name: string; readonly quoted: boolean }
  | { readonly kind: "command"; readonly script: Script; readonly quoted: boolean };

export type Word = readonly Part[];

/** `to` is a file's name, `&1`, `&2`. */
export interface Redirection {
  readonly from: 0 | 1 | 2 | "both";
  readonly append: boolean;
  readonly to: Word | 1 | 2;
}

export type Command =
  | {
      readonly kind: "simple";
      readonly assignments: readonly (readonly [string, Word])[];
      readonly words: readonly Word[];
      readonly redirections: readonly Redirection[];
    }
  | {
      readonly kind: "if";
      readonly branches: readonly { readonly condition: Script; readonly body: Script }[];
      readonly otherwise: Script;
    }
  | {
      readonly kind: "loop";
      readonly until: boolean;
      readonly condition: Script;
      readonly body: Script;
    }
  | { readonly kind: "for"; readonly name: string; readonly words: readonly Word[]; readonly body: Script }
  | {
      readonly kind: "group";
      readonly subshell: boolean;
      readonly body: Script;
      readonly redirections: readonly Redirection[];
    };

export interface Pipeline {
  readonly negated: boolean;
  readonly commands: readonly Command[];
}

/** Pipelines joined by `&&` and `||`; the first has `;`. */
export type Statement = readonly { readonly after: ";" | "&&" | "||"; readonly pipeline: Pipeline }[];

export type Script = readonly Statement[];
