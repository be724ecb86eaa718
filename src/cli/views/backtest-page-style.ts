/** Style of the backtest page, light and dark. */
export const PAGE_STYLE = `
:root{--bg:#fff;--fg:#1b1f24;--dim:#667080;--line:#d8dee6;--card:#f7f9fb;--series:#2563a8;--limit:#b42318;--alarm:#e5484d;--ok:#2f9e68;--gap:#9aa4b2;--incident:#8a5cf6;--band:#0f9fb0;--warn:#9a6200;--bad:#b42318}
@media (prefers-color-scheme:dark){:root{--bg:#101418;--fg:#e4e8ee;--dim:#93a0b0;--line:#2c343e;--card:#171d23;--series:#6ab0f3;--limit:#ff8577;--alarm:#f2555a;--ok:#4cc38a;--gap:#5d6a7a;--incident:#a98bff;--band:#3cc4d4;--warn:#e2a33b;--bad:#ff8577}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:1320px;margin:0 auto;padding:24px 20px 80px}
h1{font-size:24px;margin:0 0 4px}
h2{font-size:18px;margin:32px 0 8px}
h3{font-size:15px;margin:0;font-weight:600;overflow-wrap:anywhere}
h3 small{font-weight:400;color:var(--dim);font-size:13px}
p{margin:6px 0}
.lead,.dim{color:var(--dim)}
.dim{font-size:13px}
.chips{display:flex;flex-wrap:wrap;gap:8px;margin:14px 0}
button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
.chip{border:1px solid var(--line);border-radius:16px;padding:3px 12px;background:var(--card)}
.chip[aria-pressed=true]{outline:2px solid var(--series);outline-offset:1px}
.noisy b,.stuck b,.verdict.noisy,.verdict.stuck,tr[data-kind=noisy] td:last-child,tr[data-kind=stuck] td:last-child{color:var(--warn)}
.cannotFire b,.untested b,.verdict.cannotFire,.verdict.untested,tr[data-kind=cannotFire] td:last-child,tr[data-kind=untested] td:last-child{color:var(--bad)}
.verdict.quiet,tr[data-kind=quiet] td:last-child{color:var(--dim)}
.verdict{font-weight:500;font-size:13px;margin-left:6px}
input{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:4px 8px;width:260px}
.scroll{overflow:auto;max-height:62vh;border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th{position:sticky;top:0;background:var(--card);text-align:left;font-weight:600;border-bottom:1px solid var(--line)}
th button{padding:7px 10px;width:100%;text-align:inherit;white-space:nowrap;font-weight:600}
th button[data-dir=up]::after{content:" \\2191"}
th button[data-dir=down]::after{content:" \\2193"}
td{padding:4px 10px;border-bottom:1px solid var(--line);vertical-align:top}
tbody tr:last-child td{border-bottom:0}
td:last-child{min-width:200px}
td.t{white-space:nowrap;font-variant-numeric:tabular-nums}
td:first-child{min-width:130px}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
a{color:inherit;text-decoration-color:var(--line);text-underline-offset:3px;overflow-wrap:anywhere}
a:hover{text-decoration-color:currentColor}
tr:hover td{background:var(--card)}
details{margin:10px 0;font-size:13.5px}
.legend{display:flex;flex-wrap:wrap;align-items:center;gap:6px;font-size:13px;color:var(--dim)}
.k{display:inline-block;width:22px;height:10px;border-radius:2px;margin-left:10px}
.k:first-child{margin-left:0}
.k.series{background:var(--series);height:3px}
.k.limit{background:repeating-linear-gradient(90deg,var(--limit) 0 5px,transparent 5px 8px);height:2px}
.k.band{background:var(--band);opacity:.3}
.k.alarm{background:var(--alarm);opacity:.75}
.k.gap{background:var(--gap)}
.legend .dim{margin-left:12px}
.k.incident{background:var(--incident);opacity:.35}
section{border:1px solid var(--line);border-radius:8px;background:var(--card);padding:10px 14px 6px;margin:0 0 12px;scroll-margin-top:12px;content-visibility:auto;contain-intrinsic-size:auto 246px}
section:target{outline:2px solid var(--series)}
section p{margin:1px 0 4px}
.chart{height:180px;position:relative}
.chart svg{display:block;width:100%;height:180px}
.tip{position:absolute;top:2px;pointer-events:none;background:var(--bg);border:1px solid var(--line);border-radius:5px;padding:1px 7px;font-size:12px;white-space:nowrap;font-variant-numeric:tabular-nums}
svg text{font:11px system-ui,sans-serif;fill:var(--dim)}
.grid{stroke:var(--line);stroke-width:1}
.area{fill:var(--series);fill-opacity:.45;stroke:var(--series);stroke-width:1.25;stroke-linejoin:round}
.bandarea{fill:var(--band);fill-opacity:.2;stroke:var(--band);stroke-opacity:.5;stroke-width:.75}
.threshold{stroke:var(--limit);stroke-width:1.5;stroke-dasharray:6 4}
svg .thresholdtext{fill:var(--limit);font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:3px}
.fired{fill:var(--alarm);fill-opacity:.16}
.happened{fill:var(--incident);fill-opacity:.18}
.strip-ok{fill:var(--ok);fill-opacity:.55}
.strip-alarm{fill:var(--alarm)}
.strip-gap{fill:var(--gap)}
.strip-incident{fill:var(--incident)}
.cursor{stroke:var(--dim);stroke-width:1}
[hidden]{display:none!important}
@media (max-width:640px){main{padding:14px 10px 60px}td,th button{padding-left:6px;padding-right:6px}input{width:100%}}
@media print{.scroll{max-height:none}section{break-inside:avoid}}
`;
