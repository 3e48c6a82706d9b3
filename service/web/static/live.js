/* Live posts: shows the picture that was chosen, keeps a second tap from sending twice, looks again while nothing is open. */
(() => {
  "use strict";
  const chosen = document.querySelector("[data-show]"), shown = document.querySelector("[data-shown]");
  if (chosen && shown) chosen.addEventListener("change", () => {
    const file = chosen.files[0];
    if (shown.src) URL.revokeObjectURL(shown.src);
    shown.hidden = !file;
    if (file) shown.src = URL.createObjectURL(file);
  });
  for (const form of document.querySelectorAll("form[data-once]")) form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
  addEventListener("pageshow", () => { for (const button of document.querySelectorAll("form[data-once] button")) button.disabled = false; });
  const list = document.querySelector("[data-again]");
  if (list) setInterval(() => {
    if (!document.hidden && !list.querySelector("details[open]")) location.reload();
  }, list.dataset.again * 1000);
})();
