/* Copying from the sheet of a WeChat article. Works from a click or a key; says what happened. */
(function (win, doc) {
  "use strict";
  var told = doc.querySelector(".ph-told"), loaded = null;

  function say(text) { if (told) told.textContent = text; }
  function done(button, text) {
    var before = button.getAttribute("data-label") || button.textContent;
    button.setAttribute("data-label", before);
    button.textContent = text;
    setTimeout(function () { button.textContent = before; }, 1800);
  }

  /* What a copy command puts on the clipboard is what we give it: no clean-up on the way. */
  function put(types) {
    var ok = false;
    function give(event) {
      Object.keys(types).forEach(function (type) { event.clipboardData.setData(type, types[type]); });
      event.preventDefault();
      event.stopImmediatePropagation();
      ok = true;
    }
    doc.addEventListener("copy", give, true);
    try { doc.execCommand("copy"); } finally { doc.removeEventListener("copy", give, true); }
    return ok;
  }
  function write(types) {
    if (put(types)) return Promise.resolve();
    if (!win.ClipboardItem || !navigator.clipboard) return Promise.reject(new Error("no clipboard"));
    var parts = {};
    Object.keys(types).forEach(function (type) { parts[type] = new Blob([types[type]], { type: type }); });
    return navigator.clipboard.write([new ClipboardItem(parts)]);
  }

  function load(url) {
    loaded = loaded || fetch(url).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    }).catch(function (error) { loaded = null; throw error; });
    return loaded;
  }
  function paste(button) {
    say("");
    load(button.getAttribute("data-paste")).then(function (made) {
      return write(made.html ? { "text/html": made.html, "text/plain": made.text } : { "text/plain": made.text });
    }).then(function () { say("已复制，到公众号编辑器里粘贴"); }, function () { say("没有复制成，再点一次"); });
  }
  function copy(button) {
    var from = doc.getElementById(button.getAttribute("data-copy"));
    write({ "text/plain": from.textContent }).then(function () { done(button, "已复制"); }, function () { done(button, "没有成"); });
  }

  /* The clipboard takes PNG alone */
  function png(image) {
    var canvas = doc.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    canvas.getContext("2d").drawImage(image, 0, 0);
    return new Promise(function (good, bad) {
      canvas.toBlob(function (blob) { if (blob) good(blob); else bad(new Error("empty")); }, "image/png");
    });
  }
  function picture(button) {
    var image = new Image();
    image.src = button.getAttribute("data-picture");
    if (!win.ClipboardItem || !navigator.clipboard) { done(button, "没有成"); return; }
    var blob = image.decode().then(function () { return png(image); });
    navigator.clipboard.write([new ClipboardItem({ "image/png": blob })])
      .then(function () { done(button, "已复制"); }, function () { done(button, "没有成"); });
  }

  doc.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("button");
    if (!button) return;
    if (button.hasAttribute("data-paste")) paste(button);
    else if (button.hasAttribute("data-copy")) copy(button);
    else if (button.hasAttribute("data-picture")) picture(button);
  });
  var big = doc.querySelector("[data-paste]");
  if (big) load(big.getAttribute("data-paste")).catch(function () { /* asked again at the click */ });
})(window, document);
