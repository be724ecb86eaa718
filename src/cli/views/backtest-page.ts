import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import type { AlarmResult, BacktestReport } from "../../app/backtest/backtest-result.ts";
import type { AlarmChart } from "../../app/backtest/chart.ts";
import { formatDuration } from "../../model/duration.ts";
import { messageOf, WatchkeeperError } from "../../support/errors.ts";
import { PAGE_SCRIPT } from "./backtest-page-script.ts";
import { PAGE_STYLE } from "./backtest-page-style.ts";
import {
  extentText,
  inOrder,
  kindOf,
  minute,
  plural,
  rangeDelayText,
  scoreText,
  span,
  verdictText,
} from "./backtest-words.ts";
import { chartData } from "./chart-data.ts";

const BUFFER = 1 << 16;

/**
 * One page with a chart of every alarm that opens anywhere: no request leaves it, and its policy (CSP) allows none. Charts are written
 * as alarms are done, so that thousands of them take no memory, and drawn when they are scrolled to. The file appears when it is whole.
 */
export class BacktestPage {
  readonly #path: string;
  /** As the user wrote it. */
  readonly #name: string;
  readonly #indexes = new Map<AlarmResult, number>();
  #file: FileHandle | undefined;
  #buffer = "";

  constructor(path: string, name: string) {
    this.#path = path;
    this.#name = name;
  }

  /** Writes the chart of an alarm that is done. */
  async add(result: AlarmResult, chart: AlarmChart | undefined): Promise<void> {
    const index = this.#indexes.size;
    this.#indexes.set(result, index);
    if (!chart) return;
    const json = JSON.stringify(chartData(chart)).replaceAll("<", "\\u003c");
    await this.#write(`<script type="application/json" id="d${index}">${json}</script>\n`);
  }

  /** Writes the rest of the page and puts it in its place. */
  async finish(report: BacktestReport, heading: string): Promise<void> {
    const results = inOrder(report.results);
    await this.#write(
      `<main>\n<h1>Backtest</h1>\n<p class="lead">${escaped(heading)}</p>\n${chips(report)}\n${problems(report)}${table(results, this.#indexes)}`,
    );
    await this.#write(`<h2>Charts</h2>\n${LEGEND}\n<div id="cards">\n`);
    for (const result of results) await this.#write(card(result, this.#indexes.get(result) ?? -1));
    await this.#write(
      `</div>\n<noscript><p>Charts are drawn by a script in this page, which is not allowed to run here.</p></noscript>\n</main>\n<script>${PAGE_SCRIPT}</script>\n</body>\n</html>\n`,
    );
    await this.#guard(async () => {
      await this.#flush();
      await this.#file?.close();
      this.#file = undefined;
      await rename(this.#part, this.#path);
    });
  }

  /** Takes away what was begun. */
  async discard(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    await rm(this.#part, { force: true });
  }

  get #part(): string {
    return `${this.#path}.part`;
  }

  async #write(text: string): Promise<void> {
    this.#buffer += text;
    if (!this.#file || this.#buffer.length > BUFFER) await this.#guard(() => this.#flush());
  }

  async #flush(): Promise<void> {
    if (!this.#file) {
      this.#file = await open(this.#part, "w", 0o644);
      this.#buffer = `${head()}${this.#buffer}`;
    }
    const text = this.#buffer;
    this.#buffer = "";
    await this.#file.writeFile(text);
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw new WatchkeeperError(
        "write-failed",
        `the page can't be written to ${this.#name}: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    }
  }
}

const LEGEND = `<p class="legend"><span class="k series"></span>metric <span class="k limit"></span>threshold <span class="k band"></span>band <span class="k alarm"></span>in ALARM <span class="k gap"></span>no data <span class="k incident"></span>known incident <span class="dim">times in UTC</span></p>`;

function head(): string {
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = `default-src 'none'; style-src ${hash(PAGE_STYLE)}; script-src ${hash(PAGE_SCRIPT)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Backtest</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
`;
}

function chips({ totals }: BacktestReport): string {
  const told = [
    ["noisy", "noisy"],
    ["stuck", "mostly in ALARM"],
    ["cannotFire", "cannot fire"],
    ["untested", "not tested"],
    ["ok", "ok"],
    ["quiet", "never fired"],
  ] as const;
  const buttons = told
    .filter(([kind]) => totals.verdicts[kind] > 0)
    .map(
      ([kind, word]) =>
        `<button type="button" class="chip ${kind}" data-kind="${kind}" aria-pressed="false"><b>${totals.verdicts[kind]}</b> ${word}</button>`,
    );
  const { score } = totals;
  const found = score
    ? `<p>${score.found} of ${plural(score.incidents, "known incident")} found; ${score.right} of ${plural(score.alarms, "time")} in ALARM ${score.right === 1 ? "was" : "were"} about one.</p>`
    : "";
  return `<p class="chips">${buttons.join(" ")}</p>${found}`;
}

function problems({ diagnostics }: BacktestReport): string {
  if (diagnostics.length === 0) return "";
  const items = diagnostics
    .slice(0, 200)
    .map(
      ({ path, line, message }) =>
        `<li>${escaped(path === undefined ? "" : `${path}:${line ?? 1} `)}${escaped(message)}</li>`,
    );
  return `<details><summary>${plural(diagnostics.length, "remark")} about the data</summary><ul>${items.join("")}</ul></details>\n`;
}

interface PageColumn {
  readonly title: string;
  /** Class of its cells: a number, a time. */
  readonly kind?: "n" | "t";
  /** What is shown, and what is sorted by. */
  cell(result: AlarmResult): readonly [shown: string, value: string | number];
}

/** How an alarm did on incidents: found, right, and how late. */
const SCORES: readonly PageColumn[] = [
  {
    title: "found",
    kind: "n",
    cell: ({ tested }) => {
      const score = tested?.score;
      if (!score) return ["", -1];
      const { incidents, missed, recall = -1 } = score;
      return [
        incidents.length === 0 ? "none" : `${incidents.length - missed.length} of ${incidents.length}`,
        recall,
      ];
    },
  },
  {
    title: "right",
    kind: "n",
    cell: ({ tested }) => {
      const precision = tested?.score?.precision;
      return precision === undefined ? ["", -1] : [`${Math.round(precision * 100)} %`, precision];
    },
  },
  {
    title: "after",
    kind: "n",
    cell: ({ tested }) => {
      const delay = tested?.score?.delay;
      return delay === undefined ? ["", -1] : [formatDuration(delay.median), delay.median];
    },
  },
];

function columns(results: readonly AlarmResult[]): readonly PageColumn[] {
  const tested =
    (show: (result: NonNullable<AlarmResult["tested"]>) => readonly [string, number]): PageColumn["cell"] =>
    ({ tested: result }) =>
      result ? show(result) : ["", -1];
  const labels = results.some(({ label }) => label !== undefined);
  const scored = results.some((result) => result.tested?.score);
  const time = (at: number | undefined): readonly [string, number] => [
    at === undefined ? "" : minute(at),
    at ?? -1,
  ];
  return [
    { title: "alarm", cell: ({ name }) => [name, name.toLowerCase()] },
    ...(labels
      ? [{ title: "of", cell: ({ label = "" }: AlarmResult) => [label, label.toLowerCase()] as const }]
      : []),
    { title: "fired", kind: "n", cell: tested(({ fired }) => [extentText(fired), fired.most]) },
    {
      title: "in ALARM",
      kind: "n",
      cell: tested(({ fired, secondsInAlarm }) => [
        fired.most > 0 ? extentText(secondsInAlarm, span) : "",
        secondsInAlarm.most,
      ]),
    },
    {
      title: "flaps",
      kind: "n",
      cell: tested(({ fired, flaps }) => [fired.most > 0 ? extentText(flaps) : "", flaps.most]),
    },
    { title: "first", kind: "t", cell: tested(({ first }) => time(first)) },
    { title: "last", kind: "t", cell: tested(({ last }) => time(last)) },
    ...(scored ? SCORES : []),
    { title: "verdict", cell: (result) => [verdictText(result), `${kindOf(result)} ${verdictText(result)}`] },
  ];
}

function table(results: readonly AlarmResult[], indexes: ReadonlyMap<AlarmResult, number>): string {
  const shown = columns(results);
  const heads = shown.map(
    ({ title, kind }, i) =>
      `<th scope="col"${kind ? ` class="${kind}"` : ""}><button type="button" data-sort="${i}">${title}</button></th>`,
  );
  const rows = results.map((result) => {
    const index = indexes.get(result) ?? -1;
    const cells = shown.map(({ cell, kind }, i) => {
      const [text, value] = cell(result);
      const content = i === 0 ? `<a href="#a${index}">${escaped(text)}</a>` : escaped(text);
      return `<td${kind ? ` class="${kind}"` : ""}${text === String(value) ? "" : ` data-v="${escaped(String(value))}"`}>${content}</td>`;
    });
    return `<tr data-i="${index}" data-kind="${kindOf(result)}">${cells.join("")}</tr>`;
  });
  return `<p><input id="filter" type="search" placeholder="filter by name" aria-label="filter by name"> <span id="shown" class="dim">${plural(results.length, "alarm")}</span></p>
<div class="scroll"><table id="table"><thead><tr>${heads.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>
`;
}

function card(result: AlarmResult, index: number): string {
  const { name, label, place, condition, tested } = result;
  const where = [label, place && `${place.account} ${place.region}`]
    .filter((part) => part !== undefined)
    .join(" · ");
  const notes = tested
    ? [
        `${minute(tested.start)} to ${minute(tested.end)}`,
        tested.fidelity.windows === "aligned" ? "aligned windows" : "",
        tested.missing > 0 ? `${tested.missing} points missing` : "",
        scoreText(tested) === "" ? "" : `incidents: ${scoreText(tested)}`,
        rangeDelayText(tested),
      ].filter((part) => part !== "")
    : [];
  return `<section id="a${index}" data-i="${index}" data-kind="${kindOf(result)}"><h3>${escaped(name)} <small>${escaped(where)}</small> <span class="verdict ${kindOf(result)}">${escaped(verdictText(result))}</span></h3><p class="dim">${escaped([condition, ...notes].join(" · "))}</p>${tested ? '<div class="chart"></div>' : ""}</section>\n`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
