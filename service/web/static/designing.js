// The designer: rows move without a new page, and the preview follows what is typed. Without it the form works as it is.
"use strict";
(() => {
  const form = document.getElementById("design"), seen = document.getElementById("seen");
  if (!form || !seen || !window.fetch) return;
  const lines = document.getElementById("f-rows");
  document.getElementById("keys").hidden = false;
  let changed = form.hasAttribute("data-unsaved"), timer = 0, asked = 0;
  const look = async () => {
    const mine = ++asked;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.look, { method: "POST", body, headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected || mine !== asked) return;
      const open = Array.from(seen.querySelectorAll("details"), (d) => d.open);
      seen.innerHTML = await answer.text();
      seen.querySelectorAll("details").forEach((d, n) => { d.open = !!open[n]; });
    } catch { /* the next change asks again; saving does not need this */ }
  };
  const touched = () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(look, 400);
  };
  const number = () => {
    const rows = Array.from(lines.querySelectorAll(".sv-line"));
    rows.forEach((row, n) => {
      row.id = `r-${n}`;
      row.querySelector(".sv-no").textContent = n + 1;
      row.querySelectorAll("button").forEach((b) => {
        const verb = b.value.split(":")[0];
        b.value = `${verb}:${n}`;
        b.disabled = (verb === "up" && n === 0) || (verb === "down" && n === rows.length - 1);
        b.setAttribute("aria-label", verb === "out" ? `去掉第 ${n + 1} 行` : `第 ${n + 1} 行${verb === "up" ? "上移" : "下移"}`);
      });
    });
    document.querySelector("#h-rows .rv-count").textContent = rows.length;
  };
  const move = (row, verb) => {
    const other = verb === "up" ? row.previousElementSibling : row.nextElementSibling;
    if (verb === "out" ? lines.children.length === 1 : !other) return false;
    const near = row.nextElementSibling || row.previousElementSibling;
    if (verb === "out") row.remove();
    else if (verb === "up") lines.insertBefore(row, other);
    else lines.insertBefore(other, row);
    number();
    const at = verb === "out" ? near : row;
    const button = at.querySelector(`button[value^=${verb === "out" ? "out" : verb}]:not([disabled])`);
    (button || at).focus();
    touched();
    return true;
  };
  lines.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && move(button.closest(".sv-line"), button.value.split(":")[0])) event.preventDefault();
  });
  lines.addEventListener("keydown", (event) => {
    const verb = { ArrowUp: "up", ArrowDown: "down" }[event.key], row = event.target.closest(".sv-line");
    if (!event.altKey || !verb || !row || event.isComposing) return;
    event.preventDefault();
    const name = event.target.name;
    move(row, verb);
    const same = name && row.querySelector(`[name=${name}]`);
    if (same) same.focus();
  });
  document.getElementById("f-search").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    form.querySelector("button[value=find]").click();
  });
  form.addEventListener("input", (event) => { if (event.target.name !== "search") touched(); });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
})();
