/* While somebody types, the page stays open; when nobody is there, it is put aside. <body data-idle="minutes"> */
(() => {
  "use strict";
  const minutes = Number(document.body.dataset.idle);
  if (!minutes) return;
  let last = Date.now(), told = Date.now(), typed = false;
  const here = (e) => { last = Date.now(); if (e.type === "input") typed = true; };
  for (const kind of ["input", "keydown", "pointerdown", "scroll"]) addEventListener(kind, here, { passive: true, capture: true });
  addEventListener("submit", () => { typed = false; }, true);
  setInterval(() => {
    const now = Date.now();
    if (now - last > minutes * 60000) {
      if (!typed) location.replace("/unlock?to=" + encodeURIComponent(location.pathname));
      return;
    }
    if (last > told && now - told > 120000) { told = now; fetch("/here").catch(() => {}); }
  }, 15000);
})();
