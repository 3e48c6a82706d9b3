/* 小统 on a machine that many use, one after the other: nothing leads away from it, pages are read inside it,
   and whoever comes next finds nothing of whoever was there before. */
(function (win, doc) {
  "use strict";
  var box = doc.querySelector("[data-mode=kiosk]"), talk = box && box.wkTalk;
  if (!talk) return;
  var WARN = 20, FRESH = 6 * 3600 * 1000, born = Date.now(), home = new URL(talk.base || ".", location).href;
  function make(tag, name, text) {
    var el = doc.createElement(tag);
    if (name) el.className = name;
    if (text) el.textContent = text;
    return el;
  }
  function button(name, text, go) {
    var el = make("button", name, text);
    el.type = "button";
    el.addEventListener("click", go);
    return el;
  }

  /* --- reading a page in place ---------------------------------------------------------------- */
  var reader = make("section", "kiosk-reader"), bar = make("div", "kiosk-bar"), body = make("div", "kiosk-page"), trail = [], opener = null;
  var back = button("btn", "上一页", function () { trail.pop(); show(trail[trail.length - 1]); });
  reader.hidden = true; reader.setAttribute("aria-label", "全文"); body.tabIndex = -1;
  [button("btn btn-main", "回到问答", function () { close(); }), back, button("btn", "结束", forget)].forEach(function (el) { bar.appendChild(el); });
  reader.appendChild(bar); reader.appendChild(body);
  box.parentNode.appendChild(reader);

  function inside(url) { return url.indexOf(home) === 0 && /(\/|\.html)$/.test(url.replace(/[?#].*$/, "")); }
  function put(content) {
    body.textContent = "";
    body.appendChild(content);
    win.scrollTo(0, 0);
    body.focus({ preventScroll: true });
  }
  function show(page) {
    var bare = page.url.replace(/#.*$/, "");
    box.hidden = true; reader.hidden = false; doc.documentElement.classList.add("is-reading");
    back.hidden = trail.length < 2;
    put(make("p", "quiet", "正在打开……"));
    fetch(bare).then(function (got) {
      if (!got.ok) throw new Error(String(got.status));
      return got.text();
    }).then(function (html) { return cleaned(html, bare); }).catch(function () { return spare(page); }).then(function (content) {
      if (trail[trail.length - 1] !== page) return;
      put(content);
      to(page.url);
    });
  }
  function to(url) {
    var at = null;
    try { at = url.indexOf("#") > 0 && body.querySelector("#" + CSS.escape(decodeURIComponent(url.split("#")[1]))); } catch (e) { /* no place of ours */ }
    if (!at) return;
    if (at.tagName === "DETAILS") at.open = true;
    at.scrollIntoView();
  }
  function open(url, title, item, from) {
    if (!trail.length) opener = from;
    trail.push({ url: new URL(url, location).href, title: title, item: item });
    show(trail[trail.length - 1]);
  }
  function close() {
    trail = []; body.textContent = "";
    box.hidden = false; reader.hidden = true; doc.documentElement.classList.remove("is-reading");
    if (opener && opener.isConnected) { opener.scrollIntoView({ block: "nearest" }); opener.focus(); } else talk.input.focus();
    opener = null;
  }
  /* The words of a page, without what leads elsewhere or waits for a script. */
  function cleaned(html, url) {
    var page = new DOMParser().parseFromString(html, "text/html"), main = page.querySelector("#main article.main") || page.querySelector("#main");
    if (!main) throw new Error("no page of ours");
    var all = function (selector) { return Array.prototype.slice.call(main.querySelectorAll(selector)); };
    all("script, style, noscript, template, form, iframe, object, embed, button, select, nav, .rail, .bot, .next").forEach(function (el) { el.remove(); });
    all("*").forEach(function (el) {
      Array.prototype.slice.call(el.attributes).forEach(function (a) {
        if (/^on/i.test(a.name) || a.name === "style") el.removeAttribute(a.name);
        else if (/^(src|poster)$/.test(a.name) || (/^(xlink:)?href$/.test(a.name) && el.tagName !== "A")) el.setAttribute(a.name, new URL(a.value, url).href);
        else if (a.name === "srcset") el.setAttribute(a.name, a.value.replace(/(^|,\s*)(\S+)/g, function (_, lead, one) { return lead + new URL(one, url).href; }));
      });
    });
    var now = new Date(), day = now.getFullYear() + "-" + ("0" + (now.getMonth() + 1)).slice(-2) + "-" + ("0" + now.getDate()).slice(-2);
    all("[data-valid-to]").forEach(function (el) {
      if (el.getAttribute("data-valid-to") < day) Array.prototype.forEach.call(el.querySelectorAll(".expired-note"), function (note) { note.hidden = false; el.classList.add("is-expired"); });
    });
    all("a").forEach(function (a) { a.replaceWith(led(a, url)); });
    var held = doc.importNode(main, true);
    Array.prototype.forEach.call(held.querySelectorAll("[data-to]"), function (el) {
      function go() { open(el.getAttribute("data-to"), el.textContent, null, null); }
      el.addEventListener("click", go);
      el.addEventListener("keydown", function (e) { if (e.key === "Enter") go(); });
    });
    return held;
  }
  /* What was a link leads on inside the reader, or nowhere. */
  function led(a, url) {
    var el = a.ownerDocument.createElement("span"), target = "";
    try { target = new URL(a.getAttribute("href") || "#", url).href; } catch (e) { /* leads nowhere */ }
    el.className = a.className;
    while (a.firstChild) el.appendChild(a.firstChild);
    if (a.id) el.id = a.id;
    if (inside(target)) {
      el.classList.add("kiosk-link");
      el.setAttribute("role", "link"); el.tabIndex = 0; el.setAttribute("data-to", target);
    }
    return el;
  }
  /* A page that can't be had, as from a disk: what the robot itself knows of it. */
  function spare(page) {
    var item = page.item, content = make("article", "main");
    content.appendChild(make("h1", "", item ? item.title : page.title));
    if (item) [["answer", item.answer], ["", item.text], ["quiet", item.source && "出处：" + item.source]].forEach(function (row) { if (row[1]) content.appendChild(make("p", row[0], row[1])); });
    content.appendChild(make("p", "quiet", "全文这会儿打不开。请用自己的手机或电脑看，或者问工作人员。"));
    return content;
  }

  /* --- the next visitor ----------------------------------------------------------------------- */
  var timer = 0, still = make("div", "kiosk-still note");
  still.hidden = true; still.setAttribute("role", "status");
  box.parentNode.appendChild(still);
  function clear() { talk.forget(); if (!reader.hidden) close(); still.hidden = true; still.textContent = ""; win.scrollTo(0, 0); }
  function forget() {
    clear(); clearTimeout(timer);
    talk.input.focus({ preventScroll: true });
    /* After some hours the page is taken anew, if it can be had: with it come newer answers. */
    if (Date.now() - born > FRESH) fetch(location.href, { cache: "no-store" }).then(function (got) { if (got.ok) location.reload(); }, function () { /* as it is */ });
  }
  function ask() {
    still.textContent = "";
    still.appendChild(make("b", "", "还在吗？" + WARN + "秒后清空，换下一位。"));
    still.appendChild(button("btn", "我还在", again));
    still.hidden = false;
    timer = setTimeout(forget, WARN * 1000);
  }
  function again() {
    clearTimeout(timer); still.hidden = true;
    if (talk.log.firstChild || talk.input.value || trail.length || talk.loud) timer = setTimeout(ask, (+box.getAttribute("data-idle") - WARN) * 1000);
  }
  ["pointerdown", "keydown", "input", "wheel", "touchmove", "click"].forEach(function (name) { doc.addEventListener(name, again, { passive: true }); });
  box.querySelector("[data-end]").addEventListener("click", forget);
  /* Keys by which the theme searches or turns pages. */
  win.addEventListener("keydown", function (e) { if (!/^(INPUT|TEXTAREA)$/.test(e.target.tagName) && e.key.length === 1) { e.stopPropagation(); again(); } }, true);
  win.addEventListener("pageshow", function (e) { if (e.persisted) forget(); });
  talk.open = open;
  clear();
})(window, document);
