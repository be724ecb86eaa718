import { drawChart } from "../../local/chart/draw-chart.ts";

const HOURS = 3;
const STEP = 60;

/** A chart of nothing that happened, for trying out channels that show charts; `now` in ms. */
export function testPicture(now: number): Uint8Array {
  const end = Math.floor(now / 1000 / STEP) * STEP;
  const times = Array.from({ length: (HOURS * 3600) / STEP }, (_, i) => end - HOURS * 3600 + i * STEP);
  const values = times.map((_, i) => 48 + 14 * Math.sin(i / 24) + 5 * Math.sin(i * 1.7));
  return drawChart({
    width: 800,
    height: 300,
    title: "A chart to try this channel out; nothing was measured",
    theme: "light",
    legend: true,
    start: end - HOURS * 3600,
    end,
    offset: 0,
    axes: { left: { label: "Percent", min: 0, max: 100 }, right: {} },
    lines: [{ label: "made up", side: "left", period: STEP, times, values }],
    bands: [],
    valueMarks: [{ value: 90, label: "> 90 %", side: "left", fill: "above" }],
    timeMarks: [],
  });
}
