/* The bar and the problems of a previewed page, and its reloads. Only `weike preview` adds this file. */
(function (win, doc) {
  "use strict";
  var box = doc.getElementById("wkp-state");
  if (!box) return;
  var state = JSON.parse(box.textContent), mark = box.getAttribute("data-mark"), store = win.sessionStorage;
  var here = win.location.pathname, placeKey = "wkp-place:" + here, shutKey = "wkp-shut";
  var bar, panel, open = false, live = true;

  function el(name, kind, text) {
    var made = doc.createElement(name);
    if (kind) made.className = kind;
    if (text) made.textContent = text;
    return made;
  }
  function put(parent) {
    for (var i = 1; i < arguments.length; i++) if (arguments[i]) parent.appendChild(arguments[i]);
    return parent;
  }
  function keep(key, value) { try { store.setItem(key, value); } catch (e) { /* private window */ } }
  function kept(key) { try { return store.getItem(key) || ""; } catch (e) { return ""; } }

  /* Errors shut once stay shut until there is another one. */
  function errors() { return state.problems.filter(function (p) { return p.severity === "error"; }); }
  function named() { return errors().map(function (p) { return p.path + p.code + p.message; }); }
  function news() {
    var old = kept(shutKey).split("\n");
    return named().some(function (n) { return old.indexOf(n) < 0; });
  }

  function held() { return !panel && !!doc.querySelector(".wkp-said") && state.problems.some(function (p) { return p.own; }); }

  /* The place on the page: the nearest heading above, and how far below it we are */
  function headings() { return [].slice.call(doc.querySelectorAll("#main h1, #main h2, #main h3, #main h4, #main li[id], #main section[id]")); }
  function notePlace() {
    var near = null, top = -Infinity;
    headings().forEach(function (h) {
      var y = h.getBoundingClientRect().top;
      if (y <= 120 && y > top) { near = h; top = y; }
    });
    var name = near ? near.id || near.textContent : "";
    var folds = [].map.call(doc.querySelectorAll("#main details"), function (d) { return d.open ? 1 : 0; }).join("");
    keep(placeKey, JSON.stringify({ y: win.scrollY, name: name, off: near ? top : 0, folds: folds, t: Date.now() }));
  }
  function backToPlace() {
    var text = kept(placeKey), was = text && JSON.parse(text);
    if (!was || Date.now() - was.t > 15000) return;
    try { store.removeItem(placeKey); } catch (e) { return; }
    [].forEach.call(doc.querySelectorAll("#main details"), function (d, i) { if (was.folds[i] === "1") d.open = true; });
    function go() {
      var found = was.name && headings().filter(function (h) { return (h.id || h.textContent) === was.name; })[0];
      win.scrollTo(0, found ? win.scrollY + found.getBoundingClientRect().top - was.off : was.y);
    }
    go();
    win.addEventListener("load", function () { go(); setTimeout(function () { win.history.scrollRestoration = "auto"; }, 500); });
  }
  function reload() { notePlace(); win.history.scrollRestoration = "manual"; win.location.reload(); }

  /* The bar */
  function counts() {
    var c = state.counts, parts = [];
    if (c.error) parts.push(c.error + " 个错误");
    if (c.warning) parts.push(c.warning + " 个警告");
    if (!parts.length && c.notice) parts.push(c.notice + " 条提示");
    return parts.length ? parts : ["没有问题"];
  }
  /* Words between backticks are code */
  function words(node, text) {
    text.split("`").forEach(function (piece, i) { if (piece) put(node, i % 2 ? el("code", "", piece) : doc.createTextNode(piece)); });
    return node;
  }
  function drawBar() {
    var fresh = el("aside", "wkp-bar" + (live ? "" : " is-off"));
    fresh.setAttribute("aria-label", "预览");
    var editions = el("nav", "wkp-editions");
    editions.setAttribute("aria-label", "换个版本看这一页");
    state.editions.forEach(function (e) {
      var link = el("a", "", e.label);
      link.href = e.url;
      if (e.name === state.edition) link.setAttribute("aria-current", "true");
      if (e.errors && e.name !== state.edition) put(link, el("b", "wkp-dot", String(e.errors)));
      put(editions, link);
    });
    var article = state.article && el("a", "wkp-article", "公众号");
    if (article) article.href = state.article;
    var source = el("p", "wkp-source");
    if (!live) source.textContent = "预览已停，重新运行 weike preview 会自己接上";
    else if (state.source) put(source, el("span", "", "源文件 "), el("code", "", state.source));
    else if (!doc.querySelector(".wkp-said, .ph-lists")) source.textContent = "这一页由各篇汇成";
    var button = el("button", "wkp-count" + (state.counts.error ? " is-error" : state.counts.warning ? " is-warning" : ""), counts()[0]);
    if (counts()[1]) put(button, el("span", "", "，" + counts()[1]));
    button.type = "button";
    button.id = "wkp-count";
    button.setAttribute("aria-expanded", String(open));
    button.setAttribute("aria-controls", "wkp-panel");
    button.addEventListener("click", function () { show(!open, true); });
    put(fresh, el("b", "wkp-name", "预览"), editions, article, source, button);
    if (bar) bar.replaceWith(fresh); else put(doc.body, fresh);
    bar = fresh;
  }

  /* The problems */
  function row(p) {
    var place = el("span", "wkp-place");
    if (p.path === ".") place.textContent = "整个站点";
    else put(place, el("code", "", p.path), p.line ? doc.createTextNode(" 第 " + p.line + " 行" + (p.column > 1 ? "，第 " + p.column + " 列" : "")) : null);
    var head = put(el("p", "wkp-head"), el("b", "wkp-stamp", p.label), p.own ? el("span", "wkp-own", "本页") : null, place, el("span", "wkp-code", p.code));
    var action = p.action && words(put(el("p", "wkp-action"), el("b", "", "怎么办")), p.action);
    return put(el("li", "is-" + p.severity), head, words(el("p", "wkp-message"), p.message), action);
  }
  function drawPanel() {
    var fresh = el("section", "wkp-panel");
    fresh.id = "wkp-panel";
    fresh.hidden = !open;
    fresh.setAttribute("aria-label", "问题");
    var shut = el("button", "wkp-shut", "关上");
    shut.type = "button";
    shut.addEventListener("click", function () { show(false, true); doc.getElementById("wkp-count").focus(); });
    var title = el("h2", "", counts().join("，"));
    put(fresh, put(el("header", ""), title, shut));
    if (state.kept) put(fresh, el("p", "wkp-kept", "本页的源文件现在有错误，看到的是改坏之前的样子。改好存盘，会自己换成新的。"));
    var list = el("ol", "");
    list.tabIndex = 0;
    list.setAttribute("aria-label", "问题清单，错误在前");
    state.problems.forEach(function (p) { put(list, row(p)); });
    if (state.more) put(list, el("li", "wkp-more", "还有 " + state.more + " 条，用 weike check 看全部。"));
    put(fresh, list);
    if (panel) panel.replaceWith(fresh); else put(doc.body, fresh);
    panel = fresh;
  }
  function show(yes, asked) {
    open = yes && state.problems.length > 0;
    if (asked && !open) keep(shutKey, named().join("\n"));
    panel.hidden = !open;
    doc.getElementById("wkp-count").setAttribute("aria-expanded", String(open));
  }
  function draw() {
    var inside = panel && panel.querySelector("ol"), top = inside ? inside.scrollTop : 0;
    if (!state.counts.error) keep(shutKey, "");
    open = state.problems.length > 0 && (open && !!panel && state.counts.error + state.counts.warning > 0 || news() || held());
    drawPanel();
    drawBar();
    panel.querySelector("ol").scrollTop = top;
  }

  /* News from the server; a hidden page holds no connection */
  var events = null;
  function listen() {
    if (events || doc.hidden) return;
    events = new EventSource("/-/events?" + new URLSearchParams({ at: here, page: state.page, mark: mark }));
    events.addEventListener("open", function () { if (!live) { live = true; drawBar(); } });
    events.addEventListener("error", function () { if (live) { live = false; drawBar(); } });
    events.addEventListener("page", reload);
    events.addEventListener("state", function (e) { state = JSON.parse(e.data); draw(); });
  }
  function quiet() { if (events) { events.close(); events = null; } }
  doc.addEventListener("visibilitychange", function () { if (doc.hidden) quiet(); else listen(); });
  win.addEventListener("pagehide", quiet);
  win.addEventListener("pageshow", listen);
  doc.addEventListener("keydown", function (e) { if (e.key === "Escape" && open) show(false, true); });

  doc.documentElement.classList.add("wkp");
  draw();
  backToPlace();
  listen();
})(window, document);
