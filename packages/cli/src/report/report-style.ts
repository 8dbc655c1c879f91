/** The report's style sheet: light and dark, from a phone's width on. Its colours are those of the page of `serve`. */
export const reportStyle = `
:root{color-scheme:light dark;--page:#f6f7f8;--card:#fff;--text:#1b2126;--soft:#56616b;--line:#dde2e6;--bar:#0f766e;--bar-soft:#e6eaed;--good:#0f6b3a;--good-soft:#e0f3e7;--bad:#b42318;--bad-soft:#fbe6e1;--warn:#8a5300;--warn-soft:#fdf0d5}
@media(prefers-color-scheme:dark){:root{--page:#14171a;--card:#1d2125;--text:#e8ebed;--soft:#a3adb5;--line:#343b41;--bar:#5ccfc3;--bar-soft:#2c3238;--good:#6fd39b;--good-soft:#17301f;--bad:#ff8f82;--bad-soft:#3a1d18;--warn:#f3bf6b;--warn-soft:#352911}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1160px;margin:0 auto;padding:28px 20px 48px}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:6px 14px;margin-bottom:18px}
h1{font-size:22px;line-height:1.25;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:16px;margin:0 0 14px;letter-spacing:-.005em}
h3{font-size:14px;margin:0;overflow-wrap:anywhere}
p{margin:0}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.87em;overflow-wrap:anywhere}
.soft{color:var(--soft)}
.small{font-size:13px}
.source{flex-basis:100%;color:var(--soft)}
.chip{font-size:13px;font-weight:600;padding:2px 10px;border-radius:99px;background:var(--good-soft);color:var(--good)}
.chip.bad{background:var(--bad-soft);color:var(--bad)}
.chip.warn{background:var(--warn-soft);color:var(--warn)}
.note{background:var(--warn-soft);color:var(--warn);border-radius:10px;padding:10px 14px;margin-bottom:16px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:12px;margin-bottom:16px}
.tile,.card{background:var(--card);border:1px solid var(--line);border-radius:12px}
.tile{padding:12px 16px}
.tile dt{color:var(--soft);font-size:13px}
.tile dd{margin:0;font-size:24px;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tile .unit{font-size:14px;font-weight:500;color:var(--soft);letter-spacing:0}
.card{padding:18px 20px;margin-bottom:16px;min-width:0}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:16px}
.pair>.card,.column>.card{margin-bottom:0}.pair{margin-bottom:16px;align-items:start}.column{display:grid;gap:16px;min-width:0}.more{margin-top:12px}
.bars{display:grid;grid-template-columns:minmax(0,auto) 1fr auto;gap:5px 12px;align-items:center;margin:0}
.bars .name{max-width:190px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.bars .count{font-variant-numeric:tabular-nums;text-align:right}
.bars svg{width:100%;height:14px;display:block;background:var(--bar-soft);border-radius:4px;overflow:hidden}
rect.bar{fill:var(--bar)}
.chart{width:100%;height:auto;display:block}
.chart text{fill:var(--soft);font:11px system-ui,sans-serif}
.chart .axis{stroke:var(--line)}
.chart .ideal{stroke:var(--soft);stroke-dasharray:4 4}
table{border-collapse:collapse;width:100%;font-size:14px}
th{text-align:left;font-weight:600;color:var(--soft);font-size:13px}
th,td{padding:7px 12px 7px 0;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
tr:last-child td{border-bottom:0}
td.count{font-variant-numeric:tabular-nums;white-space:nowrap}
.examples{list-style:none;margin:0;padding:0}
.examples li+li{margin-top:4px}
dl.facts{display:grid;grid-template-columns:minmax(90px,max-content) 1fr;gap:5px 16px;margin:0}
dl.facts dt{color:var(--soft)}
dl.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
.sheets{display:flex;flex-wrap:wrap;gap:10px}
.sheet{border:1px solid var(--line);border-radius:10px;padding:10px 12px;min-width:0;max-width:100%}
.sheet .head{display:flex;flex-wrap:wrap;gap:0 8px;align-items:baseline;margin-bottom:6px;max-width:max(80px,100%)}
.ends{display:flex;flex-wrap:wrap;gap:10px 20px}
.row{display:flex;flex-wrap:wrap;gap:6px}
.end{color:var(--soft);font-size:12px;margin-bottom:3px}
figure{margin:0;width:80px}
figure img,figure .missing{display:block;width:80px;height:80px;border-radius:6px;object-fit:cover;background:var(--bar-soft)}
figure .missing{display:flex;align-items:center;justify-content:center;text-align:center;color:var(--soft);font-size:11px;padding:4px;overflow-wrap:anywhere}
figcaption{display:flex;gap:5px;font-size:11px;line-height:1.4;margin-top:2px;color:var(--soft)}
figcaption .file{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;flex:1}
figcaption b{color:var(--text);font-weight:600;font-variant-numeric:tabular-nums}
footer{color:var(--soft);font-size:13px;margin-top:24px}
@media(max-width:520px){main{padding:18px 12px 32px}.card{padding:14px}.sheet{width:100%}.ends>div{width:100%}.row{display:grid;grid-template-columns:repeat(4,minmax(0,1fr))}figure,figure img,figure .missing{width:100%}figure img,figure .missing{height:auto;aspect-ratio:1}table,tbody,tr,td{display:block}thead{display:none}td{border:0;padding:2px 0}tr{padding:8px 0;border-bottom:1px solid var(--line)}tr:last-child{border-bottom:0}.bars .name{max-width:110px}dl.facts{grid-template-columns:1fr}dl.facts dd{margin-bottom:6px}}
@media print{body{background:#fff}.sheet,.card{break-inside:avoid}}
`;
