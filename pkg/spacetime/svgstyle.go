package spacetime

// styleSheet colours the picture. Every rule begins with the class of the root, because a picture may stand in a page. No meaning
// is carried by colour alone. Paper is light, whatever the screen is.
const styleSheet = `
.spacetime text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;fill:#1f2328}
.spacetime .title{font-size:15px;font-weight:bold}
.spacetime .name,.spacetime .strong,.spacetime .value{font-weight:bold}
.spacetime .where{fill:#59636e}
.spacetime .value{fill:#0550ae}
.spacetime .page{fill:#ffffff}
.spacetime .marker{fill:#ffe9b0}
.spacetime path{fill:none}
.spacetime .lane{stroke:#818b98;stroke-width:1.5}
.spacetime .waiting{stroke-dasharray:2 5}
.spacetime .busy{stroke-width:5}
.spacetime .loop{stroke:#818b98;stroke-width:1.5}
.spacetime .dot{fill:#1f2328}
.spacetime .open{fill:#ffffff;stroke:#1f2328;stroke-width:2}
.spacetime .bad{fill:#cf222e}
.spacetime .cross{stroke:#cf222e;stroke-width:3}
.spacetime .halo{stroke:#ffffff;stroke-width:6}
.spacetime .arrow{stroke:#0969da;stroke-width:1.5}
.spacetime .head{fill:#0969da}
.spacetime .retry{stroke:#9a6700;stroke-width:2;stroke-dasharray:7 4}
.spacetime .retry-head,.spacetime .retry-text{fill:#9a6700}
.spacetime .duplicate{stroke:#8250df;stroke-width:5}
.spacetime .duplicate-head,.spacetime .duplicate-text{fill:#8250df}
.spacetime .core{stroke:#ffffff;stroke-width:2}
.spacetime .lost,.spacetime .wait,.spacetime .race{stroke:#cf222e}
.spacetime .wait,.spacetime .race{stroke-width:3}
.spacetime .lost-text,.spacetime .wait-head,.spacetime .wait-text,.spacetime .race-text{fill:#cf222e}
@media screen and (prefers-color-scheme:dark){
.spacetime text{fill:#f0f6fc}
.spacetime .where{fill:#a5adb8}
.spacetime .value{fill:#79c0ff}
.spacetime .page{fill:#0d1117}
.spacetime .marker{fill:#4d3800}
.spacetime .lane,.spacetime .loop{stroke:#7d8590}
.spacetime .dot{fill:#f0f6fc}
.spacetime .open{fill:#0d1117;stroke:#f0f6fc}
.spacetime .bad{fill:#ff7b72}
.spacetime .cross{stroke:#ff7b72}
.spacetime .halo,.spacetime .core{stroke:#0d1117}
.spacetime .arrow{stroke:#58a6ff}
.spacetime .head{fill:#58a6ff}
.spacetime .retry{stroke:#d29922}
.spacetime .retry-head,.spacetime .retry-text{fill:#d29922}
.spacetime .duplicate{stroke:#bc8cff}
.spacetime .duplicate-head,.spacetime .duplicate-text{fill:#bc8cff}
.spacetime .lost,.spacetime .wait,.spacetime .race{stroke:#ff7b72}
.spacetime .lost-text,.spacetime .wait-head,.spacetime .wait-text,.spacetime .race-text{fill:#ff7b72}
}
`
