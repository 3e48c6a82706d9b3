/* On every page: reader's controls, drawer, search box, expiry, tables.
   No framework; everything readable without it. */
(function (win, doc) {
  "use strict";
  var root = doc.documentElement, look = win.wkLook;
  var all = win.wk.all, one = win.wk.one, at = win.wk.at, say = win.wk.say, iso = win.wk.iso;

  /* Colour scheme and text size */
  function looks() {
    var names = { "default": "浅色", slate: "深色", contrast: "高对比" }, sizes = { "": "标准", large: "大", larger: "特大" };
    function label() {
      all("[data-do=scheme]").forEach(function (b) { b.setAttribute("aria-label", "配色：" + names[look.scheme] + "，点按切换"); });
      all("[data-do=size]").forEach(function (b) {
        b.setAttribute("aria-label", "大字：" + sizes[look.size] + "，点按切换");
        b.setAttribute("aria-pressed", String(!!look.size));
      });
    }
    all("[data-do=scheme], [data-do=size]").forEach(function (b) {
      b.addEventListener("click", function () {
        look.next(at(b, "data-do")); label();
        say(at(b, "data-do") === "size" ? "字号：" + sizes[look.size] : "配色：" + names[look.scheme]);
      });
    });
    all("[data-do=print]").forEach(function (b) { b.addEventListener("click", function () { win.print(); }); });
    label();
  }

  /* Phone drawer: Escape closes, focus follows */
  function drawer() {
    var box = one("#wk-drawer"), nav = one("#wk-tabs"), theirs = one("#__drawer");
    if (!box || !nav) return;
    function inside() { return nav.contains(doc.activeElement) || doc.activeElement === box; }
    box.addEventListener("change", function () {
      if (theirs && theirs.checked !== box.checked) theirs.click();
      if (box.checked && doc.activeElement === box) setTimeout(function () { var a = one("a", nav); if (a) a.focus(); }, 160);
    });
    if (theirs) theirs.addEventListener("change", function () { box.checked = theirs.checked; });
    nav.addEventListener("click", function (e) { if (box.checked && e.target.closest("a")) box.click(); });
    nav.addEventListener("focusout", function () { setTimeout(function () { if (box.checked && !inside() && doc.activeElement !== doc.body) box.click(); }, 0); });
    doc.addEventListener("keydown", function (e) {
      if (e.key === "Escape" && box.checked) { box.click(); box.focus(); }
      if (e.key === "Enter" && doc.activeElement === box) box.click();
    });
  }

  /* Search: our boxes open the theme's dialog; Tab stays inside it; focus comes back */
  function search() {
    var toggle = one("#__search"), box = one(".md-search"), query = one("[data-md-component=search-query]"), opener = null;
    if (!toggle || !box || !query) return;
    function want() { if (win.wkWantSearch) win.wkWantSearch(); }
    function open(text) {
      want();
      opener = doc.activeElement;
      if (!toggle.checked) toggle.click();
      if (text) query.value = text;
      query.focus(); query.select();
      query.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }));
    }
    /* The bundle listens to keyup only; input methods and voice do not always send one. */
    function typed(e) { if (!e.isComposing) query.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true })); }
    query.addEventListener("input", typed);
    query.addEventListener("compositionend", function () { typed({}); });
    toggle.addEventListener("change", function () {
      if (toggle.checked) want();
      else if (opener && opener.focus) { opener.focus(); opener = null; }
    });
    if (toggle.checked || /[?&]q=/.test(location.search)) want();
    all("[data-search]").forEach(function (el) {
      if (el.tagName === "FORM") {
        var field = one("input[type=search]", el);
        field.addEventListener("focus", want);
        el.addEventListener("submit", function (e) { e.preventDefault(); open(field.value.trim()); });
      } else {
        el.addEventListener("pointerenter", want);
        el.addEventListener("click", function (e) { e.preventDefault(); open(at(el, "data-search")); });
      }
    });
    all("[data-search-close]").forEach(function (b) { b.addEventListener("click", function () { if (toggle.checked) toggle.click(); }); });
    doc.addEventListener("keydown", function (e) {
      var tag = doc.activeElement && doc.activeElement.tagName;
      if (!toggle.checked && e.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(tag)) { e.preventDefault(); e.stopPropagation(); open(""); }
    }, true);
    box.addEventListener("keydown", function (e) {
      if (e.key === "Tab") {
        var stops = all("input, button, a[href], summary", box).filter(function (n) { return n.offsetParent; });
        var i = stops.indexOf(doc.activeElement), next = stops[(i + (e.shiftKey ? -1 : 1) + stops.length) % stops.length];
        if (next) { e.preventDefault(); next.focus(); }
        e.stopPropagation();
      } else if (e.key === "Enter" && doc.activeElement !== query) e.stopPropagation();
    });
  }

  /* Expiry by the reader's clock */
  function expiry(within) {
    var today = iso(new Date());
    all("[data-valid-to]", within).forEach(function (el) {
      if (at(el, "data-valid-to") < today) {
        el.classList.add("is-expired");
        all(".expired-note", el).forEach(function (n) { n.hidden = false; });
      }
    });
  }

  /* Bare tables get a named, scrollable box */
  function tables() {
    all(".prose table").forEach(function (table) {
      var box = table.parentNode;
      if (!box.classList.contains("table-box")) {
        box = doc.createElement("div"); box.className = "table-box";
        table.parentNode.insertBefore(box, table); box.appendChild(table);
      }
    });
    /* Only a box that really scrolls is a stop for the keyboard and a landmark, each with its own name. */
    var names = {};
    all(".table-box").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth + 1) {
        var name = at(box, "aria-label") || "表格", n = names[name] = (names[name] || 0) + 1;
        box.tabIndex = 0; box.setAttribute("role", "region"); box.setAttribute("aria-label", name + (n > 1 ? n : "") + "，可左右移动");
      } else ["tabindex", "role", "aria-label"].forEach(function (a) { box.removeAttribute(a); });
    });
  }

  /* A rail that fits stays in sight; a longer one scrolls with the page */
  function rail() {
    all(".rail-stick").forEach(function (r) { if (r.offsetHeight < win.innerHeight - 150) r.classList.add("is-stuck"); });
  }

  /* A folded answer opens when its address is asked for */
  function unfold() {
    var el = location.hash.length > 1 && doc.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (el && el.tagName === "DETAILS") el.open = true;
    if (el && el.name && /^__tabbed_/.test(el.name)) el.checked = true;
  }

  /* 问小统: the engine, its words and its looks are loaded when somebody opens the window, not before */
  function dock() {
    var box = one("[data-dock]"), open = box && one(".dock-open", box), panel = null;
    if (!box || one("[data-robot]")) { if (box) box.hidden = true; return; }
    function add(tag, key, value, then) {
      var el = doc.createElement(tag);
      el[key] = value;
      if (tag === "link") el.rel = "stylesheet"; else el.async = false;
      el.onload = el.onerror = then;
      doc.head.appendChild(el);
      return el;
    }
    function made() {
      panel = doc.createElement("section");
      panel.className = "dock-panel"; panel.hidden = true; panel.setAttribute("role", "dialog"); panel.setAttribute("aria-label", open.textContent);
      panel.innerHTML = '<div class="dock-head"><h2></h2><button type="button" aria-label="关闭">✕</button></div><div class="dock-body"><div class="tong" data-robot><div class="tong-log" role="log" aria-label="问和答"></div><form autocomplete="off"><label class="ask-label" for="wk-rq">写成一句话</label><div class="ask"><input id="wk-rq" type="text" maxlength="300" autocomplete="off" enterkeyhint="send"><button type="submit">问</button></div></form></div></div>';
      one("h2", panel).textContent = open.textContent;
      var tong = one(".tong", panel);
      ["data-base", "data-engine", "data-worker", "data-package"].forEach(function (name) { tong.setAttribute(name, at(box, name)); });
      /* Asked before the script came: it answers when it does. */
      one("form", panel).addEventListener("submit", function (e) { e.preventDefault(); if (!tong.wkTalk) tong.setAttribute("data-asked", ""); });
      panel.style.cssText = "position:fixed;right:0;bottom:0;z-index:5;background:var(--paper)";
      doc.body.appendChild(panel);
      one("button", panel).addEventListener("click", shut);
      panel.addEventListener("keydown", function (e) { if (e.key === "Escape") shut(); });
    }
    function shut() { panel.hidden = true; open.hidden = false; open.focus(); }
    function show() {
      panel.hidden = false; open.hidden = true;
      one("input", panel).focus({ preventScroll: true });
    }
    open.addEventListener("click", function (e) {
      if (e.ctrlKey || e.metaKey || e.shiftKey) return;
      e.preventDefault();
      if (panel) { show(); return; }
      made();
      add("link", "href", at(box, "data-sheet"), function () { panel.removeAttribute("style"); });
      add("script", "src", at(box, "data-script"), null).addEventListener("error", function () { location.href = open.href; });
      show();
    });
  }

  win.wk.run([dock, looks, drawer, search, expiry, tables, rail, unfold]);
  win.addEventListener("hashchange", unfold);
})(window, document);
