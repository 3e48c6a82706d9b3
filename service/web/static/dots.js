/* A pattern on nine dots becomes the number of a form: drawn by mouse or finger, tapped dot by dot, or by keys.
   [data-dots="unlock"] sends it when the finger is lifted; [data-dots="set"] wants it twice. Without this
   script the element stays hidden and the number is typed. */
(() => {
  "use strict";
  const LEAST = 6, NEAR = 0.36; // dots; how near its middle a dot is touched, in widths of a cell
  const middle = (n) => [(n - 1) % 3 + 0.5, Math.floor((n - 1) / 3) + 0.5];
  const between = (a, b) => {
    const [x, y] = middle(a), [u, v] = middle(b);
    return Math.abs(x - u) % 2 === 0 && Math.abs(y - v) % 2 === 0 ? (a + b) / 2 : 0;
  };
  for (const box of document.querySelectorAll("[data-dots]")) {
    const form = box.matches("form") ? box : box.querySelector("form");
    const pad = box.querySelector(".sv-dots"), line = box.querySelector("polyline"), told = box.querySelector("[data-told]");
    const buttons = [...pad.querySelectorAll("button")], pin = form.elements.pin, twice = box.dataset.dots === "set";
    let path = [], first = "", touched = 0, down = false, ended = false;
    const say = (text) => { told.textContent = text; };
    const show = (tip) => {
      for (const b of buttons) b.setAttribute("aria-pressed", String(path.includes(Number(b.value))));
      line.setAttribute("points", [...path.map(middle), ...(tip ? [tip] : [])].map((p) => p.join(",")).join(" "));
    };
    const begin = (text) => { path = []; ended = false; pin.value = ""; say(text || (twice ? "连 " + LEAST + " 个以上的点。" : "")); show(); };
    const add = (n) => {
      if (ended) begin();
      const last = path[path.length - 1];
      if (path.includes(n)) return;
      touched += 1;
      const way = last ? between(last, n) : 0;
      if (way && !path.includes(way)) path.push(way);
      path.push(n);
      say("连了 " + path.length + " 个点。");
      show();
    };
    const end = () => {
      if (path.length < LEAST) { begin("太短了：至少连 " + LEAST + " 个点。"); return false; }
      const drawn = path.join("");
      ended = true;
      if (!twice) { pin.value = drawn; return true; }
      if (!first) { first = drawn; say("再画一遍一样的。"); return false; }
      if (first !== drawn) { first = ""; begin("两遍不一样，从头来。"); return false; }
      pin.value = drawn;
      first = "";
      say("两遍一样。输登录的密码，再点“设好”。");
      return true;
    };
    const at = (e) => {
      const r = pad.getBoundingClientRect();
      return [(e.clientX - r.left) / r.width * 3, (e.clientY - r.top) / r.height * 3];
    };
    const touch = (e) => {
      const [x, y] = at(e), n = Math.floor(y) * 3 + Math.floor(x) + 1;
      if (x < 0 || x >= 3 || y < 0 || y >= 3) return;
      const [u, v] = middle(n);
      if (Math.hypot(x - u, y - v) <= NEAR) add(n);
    };
    pad.addEventListener("pointerdown", (e) => {
      if (e.button) return;
      down = true; touched = 0;
      if (ended) begin();
      pad.setPointerCapture(e.pointerId);
      touch(e);
    });
    pad.addEventListener("pointermove", (e) => { if (down) { touch(e); show(path.length ? at(e) : null); } });
    const up = (e) => {
      if (!down) return;
      down = false;
      show();
      // one dot at a time goes on until the button is pressed; a drag is over when the finger is lifted
      if (e.type === "pointerup" && touched > 1 && end() && !twice) form.requestSubmit ? form.requestSubmit() : form.submit();
    };
    pad.addEventListener("pointerup", up);
    pad.addEventListener("pointercancel", up);
    for (const b of buttons) b.addEventListener("click", (e) => { if (e.detail === 0) add(Number(b.value)); });
    const done = box.querySelector("[data-done]");
    if (done) done.addEventListener("click", end);
    box.querySelector("[data-again]").addEventListener("click", () => { first = ""; begin(); });
    form.addEventListener("submit", (e) => {
      if (pin.value || (!twice && end())) return;
      e.preventDefault();
      if (twice) say("先把图案画两遍。");
    });
    box.hidden = false;
    begin();
  }
})();
