/* Asking the robot, for pages of other bureaus: one line, <script src="https://our.site/robot/embed.js" defer></script>.
   A button; behind it a window with our page in it, which only then is loaded. Takes nothing from the page around it.
   Words are escaped: the page around may be in another encoding. */
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
  button.type = "button"; button.className = "open"; button.textContent = me.getAttribute("data-label") || "\u95ee\u5c0f\u7edf";
  button.setAttribute("aria-expanded", "false");
  panel.className = "panel"; panel.hidden = true;
  function show(on) {
    if (on && !frame) {
      frame = doc.createElement("iframe");
      frame.src = base + "embed/"; frame.title = "\u95ee\u5c0f\u7edf"; frame.setAttribute("loading", "lazy");
      panel.appendChild(frame);
    }
    panel.hidden = !on;
    button.setAttribute("aria-expanded", String(on));
    button.textContent = on ? "\u6536\u8d77" : me.getAttribute("data-label") || "\u95ee\u5c0f\u7edf";
    if (on) frame.focus();
  }
  button.addEventListener("click", function () { show(panel.hidden); });
  doc.addEventListener("keydown", function (e) { if (e.key === "Escape" && !panel.hidden) { show(false); button.focus(); } });
  [sheet, panel, button].forEach(function (el) { root.appendChild(el); });
  doc.body.appendChild(host);
})(document);
