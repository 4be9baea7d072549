// The page's style: light, dark, phone and paper.
#include "report/html.hpp"

namespace roi::report {

const char *const page_style = R"css(
:root{--back:#fff;--panel:#f5f6f8;--text:#1c2128;--muted:#57606a;--grid:#d8dee4;--axis:#8c959f;--link:#0550ae;--good:#116329;--bad:#a40e26;--mark:#9a6700;
--s0:#1f6feb;--s1:#c4500a;--s2:#1a7f4b;--s3:#a6379b;--s4:#0e7c86;--s5:#b42318;--s6:#6b5bd2;--s7:#7a6a00}
@media (prefers-color-scheme:dark){:root{--back:#0d1117;--panel:#161b22;--text:#e6edf3;--muted:#9ea7b3;--grid:#30363d;--axis:#6e7681;--link:#79b8ff;--good:#56d364;--bad:#ff9492;--mark:#e3b341;
--s0:#6cb0ff;--s1:#ffa657;--s2:#56d494;--s3:#e59be0;--s4:#5fd4de;--s5:#ff8f85;--s6:#b3a6ff;--s7:#d9c64a}}
*{box-sizing:border-box}
html{color-scheme:light dark;scroll-padding-top:1rem}
body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--back);color:var(--text);font:16px/1.45 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{margin:0;font-size:1.6rem}h2{margin:2.2rem 0 .6rem;font-size:1.25rem;border-bottom:1px solid var(--grid);padding-bottom:.3rem}
.meta{margin:.3rem 0;color:var(--muted);overflow-wrap:anywhere}.note,.empty,footer{color:var(--muted)}footer{margin-top:2.5rem;font-size:.85rem}
.badge{display:inline-block;margin:.2rem .5rem .2rem 0;padding:.15rem .6rem;border:1px solid var(--mark);border-radius:1rem;color:var(--mark);font-weight:600}
.empty{padding:1.5rem;text-align:center;background:var(--panel);border-radius:.5rem}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1rem;margin:.7rem 0 0;padding:0;list-style:none}
a{color:var(--link)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.7rem;margin:0}
.cards>div{background:var(--panel);border-radius:.5rem;padding:.7rem .9rem}
dt{color:var(--muted);font-size:.85rem}dd{margin:0}.value{display:block;font-size:1.3rem;font-weight:600;overflow-wrap:anywhere}
.change{font-size:.85rem}.good{color:var(--good)}.bad{color:var(--bad)}.same{color:var(--muted)}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
figure{margin:1.2rem 0}figcaption{font-weight:600;margin-bottom:.3rem}
.legend{display:flex;flex-wrap:wrap;gap:.4rem;margin-bottom:.3rem;align-items:center}
button{font:inherit;font-size:.85rem;color:var(--text);background:var(--panel);border:1px solid var(--grid);border-radius:1rem;padding:.25rem .8rem;min-height:2rem;cursor:pointer;max-width:100%;overflow-wrap:anywhere}
button[aria-pressed=false]{opacity:1;text-decoration:line-through;color:var(--muted)}
.swatch{display:inline-block;width:.75rem;height:.75rem;margin-right:.4rem;border-radius:2px;background:currentColor}
.key{font-size:.85rem;color:var(--muted)}.star{color:var(--mark)}
.plot{position:relative}.plot:focus-visible,button:focus-visible,summary:focus-visible,.scroll:focus-visible,a:focus-visible{outline:2px solid var(--link);outline-offset:2px}
svg{display:block;width:100%;height:auto;overflow:visible;touch-action:pan-y}
svg.narrow{display:none}
@media (max-width:600px){svg.wide{display:none}svg.narrow{display:block}.cards{grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr))}.value{font-size:1.1rem}}
.line{fill:none;stroke-linejoin:round}.dashed{stroke-dasharray:4 4}
.line.grid{stroke:var(--grid)}.line.axis{stroke:var(--axis)}.line.reference{stroke:var(--text)}.line.marker{stroke:var(--mark);stroke-dasharray:2 3}
.fill.marker{fill:var(--mark)}
.words{fill:var(--text)}.words.muted{fill:var(--muted)}.words.reference{fill:var(--text)}
.line.s0{stroke:var(--s0)}.line.s1{stroke:var(--s1)}.line.s2{stroke:var(--s2)}.line.s3{stroke:var(--s3)}.line.s4{stroke:var(--s4)}.line.s5{stroke:var(--s5)}.line.s6{stroke:var(--s6)}.line.s7{stroke:var(--s7)}
.fill.s0{fill:var(--s0)}.fill.s1{fill:var(--s1)}.fill.s2{fill:var(--s2)}.fill.s3{fill:var(--s3)}.fill.s4{fill:var(--s4)}.fill.s5{fill:var(--s5)}.fill.s6{fill:var(--s6)}.fill.s7{fill:var(--s7)}
.swatch.s0{color:var(--s0)}.swatch.s1{color:var(--s1)}.swatch.s2{color:var(--s2)}.swatch.s3{color:var(--s3)}.swatch.s4{color:var(--s4)}.swatch.s5{color:var(--s5)}.swatch.s6{color:var(--s6)}.swatch.s7{color:var(--s7)}
.cursor{stroke:var(--axis);visibility:hidden}.cursor.on{visibility:visible}
g.off{display:none}
.tip{position:absolute;top:0;left:0;z-index:1;max-width:16rem;padding:.4rem .6rem;background:var(--text);color:var(--back);border-radius:.4rem;font-size:.8rem;pointer-events:none;overflow-wrap:anywhere}
.tip[hidden]{display:none}.tip b{display:block}.tip span{display:block}
details{margin:.6rem 0}summary{cursor:pointer;color:var(--link);padding:.3rem 0}
.scroll{overflow-x:auto;max-height:30rem;overflow-y:auto;margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem}caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--grid);text-align:left;vertical-align:top}thead th{white-space:nowrap;background:var(--panel)}
tbody th{font-weight:400;overflow-wrap:anywhere;min-width:6rem}.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
@media print{:root{--back:#fff;--panel:#f5f6f8;--text:#000;--muted:#444;--grid:#ccc;--axis:#777;--link:#000;--good:#116329;--bad:#a40e26;--mark:#7a5200;--s0:#1f6feb;--s1:#c4500a;--s2:#1a7f4b;--s3:#a6379b;--s4:#0e7c86;--s5:#b42318;--s6:#6b5bd2;--s7:#7a6a00}
html{color-scheme:light}body{max-width:none;padding:0;font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}nav,summary,.tip{display:none}.scroll{overflow:visible;max-height:none}
figure,.cards>div,tr{break-inside:avoid}h2{break-after:avoid}svg.wide{display:block}svg.narrow{display:none}thead{display:table-header-group}table{font-size:8pt}}
)css";

} // namespace roi::report
