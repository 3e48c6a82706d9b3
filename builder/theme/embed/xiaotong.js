/* 问小统, for pages of other bureaus: one line, <script src="…/robot/embed.js" defer></script>.
   A button; behind it a window with our page in it, which only then is loaded. Takes nothing from the page around it. */
(function (doc) {
  "use strict";
  var me = doc.currentScript;
  if (!me || doc.getElementById("wk-xiaotong")) return;
  var base = me.src.replace(/embed\.js.*$/, ""), host = doc.createElement("div"), frame = null;
  host.id = "wk-xiaotong";
  var root = host.attachShadow ? host.attachShadow({ mode: "open" }) : host;
  var sheet = doc.createElement("link");
  sheet.rel = "stylesheet"; sheet.href = base + "embed.css";
  var button = doc.createElement("button"), panel = doc.createElement("div");
  button.type = "button"; button.className = "open"; button.textContent = me.getAttribute("data-label") || "问小统";
  button.setAttribute("aria-expanded", "false");
  panel.className = "panel"; panel.hidden = true;
  function show(on) {
    if (on && !frame) {
      frame = doc.createElement("iframe");
      frame.src = base + "embed/"; frame.title = "问小统"; frame.setAttribute("loading", "lazy");
      panel.appendChild(frame);
    }
    panel.hidden = !on;
    button.setAttribute("aria-expanded", String(on));
    button.textContent = on ? "收起" : me.getAttribute("data-label") || "问小统";
    if (on) frame.focus();
  }
  button.addEventListener("click", function () { show(panel.hidden); });
  doc.addEventListener("keydown", function (e) { if (e.key === "Escape" && !panel.hidden) { show(false); button.focus(); } });
  [sheet, panel, button].forEach(function (el) { root.appendChild(el); });
  doc.body.appendChild(host);
})(document);
