// The table to fill: paste a block from a spreadsheet, move with the keyboard. Without it the form works as it is.
"use strict";
(() => {
  const grid = document.querySelector(".sv-grid");
  if (!grid) return;
  const rows = Array.from(grid.tBodies[0].rows, (r) =>
    Array.from(r.cells).filter((c) => c.classList.contains("num")).map((c) => c.querySelector("input")));
  const at = (input) => {
    for (let r = 0; r < rows.length; r++) { const c = rows[r].indexOf(input); if (c >= 0) return [r, c]; }
    return null;
  };
  const go = (r, c) => { const to = rows[r] && rows[r][c]; if (to) { to.focus(); to.select(); } return !!to; };
  let changed = false;
  grid.addEventListener("input", () => { changed = true; });
  grid.addEventListener("paste", (event) => {
    const place = at(event.target), text = event.clipboardData.getData("text/plain");
    if (!place || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    text.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((line, down) =>
      line.split("\t").forEach((value, across) => {
        const to = rows[place[0] + down] && rows[place[0] + down][place[1] + across];
        if (to) { to.value = value.trim(); changed = true; }
      }));
  });
  grid.addEventListener("keydown", (event) => {
    const place = at(event.target), key = event.key;
    if (!place || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const input = event.target, all = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0] };
    if (all || (input.selectionStart === 0 && input.selectionEnd === 0)) moves.ArrowLeft = [0, -1];
    if (all || input.selectionStart === input.value.length) moves.ArrowRight = [0, 1];
    if (!moves[key]) return;
    let [r, c] = place;
    do { r += moves[key][0]; c += moves[key][1]; } while (rows[r] && c >= 0 && c < rows[r].length && !rows[r][c]);
    event.preventDefault();
    go(r, c);
  });
  document.getElementById("grid").addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
})();
