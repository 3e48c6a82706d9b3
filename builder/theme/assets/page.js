/* On pages that ask for it: calendar, filters, quiz, live page.
   No framework; everything readable without it. */
(function (win, doc) {
  "use strict";
  var all = win.wk.all, one = win.wk.one, at = win.wk.at, say = win.wk.say, iso = win.wk.iso;

  /* Reporting calendar */
  var week = ["日", "一", "二", "三", "四", "五", "六"];
  function month() {
    var box = one("[data-month]");
    if (!box) return;
    var now = new Date(), today = iso(now).slice(0, 7) === at(box, "data-month") ? now.getDate() : 0, over = iso(now).slice(0, 7) > at(box, "data-month");
    var fives = all(".five", box), rows = all(".due", box), none = one(".due-none", box), pick = one(".pick", box), title = one("[data-agenda]", box);
    var from = today || 1, to = 31;
    var sprite = at(box, "data-sprite");
    function day(el) { return +at(el, "data-day"); }
    function strokes(left) {
      var html = "";
      for (; left > 0; left -= 5) html += '<svg class="tally bare t' + Math.min(5, left) + '" viewBox="0 0 48 48" aria-hidden="true"><use href="' + sprite + '#zheng"/></svg>';
      return html;
    }
    if (today) {
      all("[data-today]", box).forEach(function (n) { n.textContent = "今天" + today + "日，周" + week[now.getDay()] + "，第" + today + "笔。"; });
      fives.forEach(function (five) {
        var start = +at(five, "data-from"), art = one(".tally", five), past = Math.max(0, Math.min(5, today - start));
        if (past) art.classList.add("t" + past);
        for (var i = 1; i <= past; i++) art.classList.remove("due" + i);
        if (today >= start && today <= +at(five, "data-to")) { five.classList.add("is-now"); art.classList.add("now" + (today - start + 1)); }
      });
      all(".cal td[data-day]", box).forEach(function (td) { td.classList.toggle("is-today", day(td) === today); td.classList.toggle("is-past", day(td) < today); });
    }
    rows.forEach(function (row) {
      var left = day(row) - today, cell = one(".due-left", row);
      if (over || (today && left < 0)) { row.classList.add("is-past"); cell.textContent = "已截止"; }
      else if (today && !left) { row.classList.add("is-today"); cell.innerHTML = '<span class="stamp stamp-due">今天截止</span>'; }
      else if (today) cell.innerHTML = (left <= 15 && sprite ? '<span class="tallies">' + strokes(left) + "</span>" : "") + "<strong>还剩" + left + "天</strong>";
    });
    function show() {
      var shown = 0, division = pick ? pick.value : "";
      rows.forEach(function (row) {
        row.hidden = day(row) < from || day(row) > to || !!division && at(row, "data-division") !== division;
        if (!row.hidden) shown++;
      });
      if (none) none.hidden = shown > 0;
    }
    function head() { if (title) title.textContent = from === (today || 1) && to === 31 ? (today ? "接下来" : "本月") : from + "日至" + to + "日"; }
    fives.forEach(function (five) {
      five.disabled = false;
      five.addEventListener("click", function () {
        var on = at(five, "aria-pressed") !== "true";
        fives.forEach(function (f) { f.setAttribute("aria-pressed", String(on && f === five)); });
        from = on ? +at(five, "data-from") : today || 1; to = on ? +at(five, "data-to") : 31;
        show(); head();
      });
    });
    all(".cal td a", box).forEach(function (a) {
      a.addEventListener("click", function () { from = Math.min(from, day(a.parentNode)); to = 31; show(); head(); });
    });
    if (pick) { pick.disabled = false; pick.addEventListener("change", show); }
    show(); head();
  }

  /* Filters: one choice in a group, both groups must hold */
  function filters() {
    var chips = all("[data-filter]"), items = all("[data-tags]");
    if (!chips.length) return;
    function run() {
      var wanted = {}, shown = 0;
      chips.forEach(function (c) { if (at(c, "aria-pressed") === "true" && c.value) wanted[at(c, "data-filter")] = c.value; });
      items.forEach(function (item) {
        var tags = " " + at(item, "data-tags") + " ";
        item.hidden = Object.keys(wanted).some(function (k) { return tags.indexOf(" " + wanted[k] + " ") < 0; });
        if (!item.hidden) shown++;
      });
      all("[data-group]").forEach(function (g) { g.hidden = !one("[data-tags]:not([hidden])", g); });
      all("[data-count]").forEach(function (n) { n.textContent = shown; });
      all("[data-empty]").forEach(function (n) { n.hidden = shown > 0; });
    }
    function choose(chip) {
      chips.forEach(function (c) { if (at(c, "data-filter") === at(chip, "data-filter")) c.setAttribute("aria-pressed", String(c === chip)); });
      run();
    }
    chips.forEach(function (chip) { chip.addEventListener("click", function () { choose(chip); }); });
    /* A link from the home page may ask for one: ?who=town or #who=town */
    (location.search.slice(1) + "&" + location.hash.slice(1)).split("&").forEach(function (pair) {
      var part = pair.split("=");
      chips.forEach(function (c) { if (part[1] && at(c, "data-filter") === part[0] && c.value === decodeURIComponent(part[1])) choose(c); });
    });
  }

  /* Quiz. An option is right when its input has value "right" or data-right.
     One answer: judged when chosen. Several: judged by the button. */
  function quizzes() {
    all(".quiz").forEach(function (quiz) {
      var opts = all(".opt", quiz), out = one("output", quiz), many = at(quiz, "data-type") === "multiple", button = one("[data-check]", quiz);
      function right(opt) { var i = one("input", opt); return i.value === "right" || i.hasAttribute("data-right"); }
      function mark(opt, state, word) {
        opt.classList.remove("is-right", "is-wrong");
        if (state) opt.classList.add("is-" + state);
        one("em", opt).textContent = word || "";
      }
      function judge() {
        var good = true;
        opts.forEach(function (opt) {
          var on = one("input", opt).checked, ok = right(opt);
          if (on !== ok && (many || on)) good = false;
          mark(opt, on ? ok ? "right" : "wrong" : many && ok ? "right" : "", on ? ok ? "对了" : "再想想" : many && ok ? "这项也该选" : "");
        });
        var picked = opts.filter(function (o) { return one("input", o).checked; })[0], why = picked && at(one("input", picked), "data-why");
        out.textContent = (good ? "对了。" : "不对，再想想。") + (why || at(quiz, good ? "data-right" : "data-wrong") || "");
      }
      if (many && !button && out) {
        button = doc.createElement("button"); button.type = "button"; button.className = "btn"; button.textContent = "对答案";
        out.parentNode.insertBefore(button, out);
      }
      if (many && button) { button.hidden = false; button.addEventListener("click", judge); }
      quiz.addEventListener("change", function () { if (many) { out.textContent = ""; opts.forEach(function (o) { mark(o); }); } else judge(); });
    });
  }

  /* Live page: fetch the fragment while it runs, keep the reader's place */
  function live() {
    var list = one("[data-live]");
    all("[data-do=reverse]").forEach(function (b) {
      b.addEventListener("click", function () {
        var line = one(".line"), old = at(b, "aria-pressed") !== "true";
        b.setAttribute("aria-pressed", String(old));
        line.classList.toggle("is-old-first", old);
        Array.prototype.slice.call(line.children).reverse().forEach(function (li) { line.appendChild(li); });
      });
    });
    if (!list || list.hasAttribute("data-ended")) return;
    var url = at(list, "data-fragment"), gap = Math.max(10, +at(list, "data-interval") || 30) * 1000;
    if (!url || !win.fetch) return;
    function again() { setTimeout(look4, gap); }
    function look4() {
      if (doc.hidden) return again();
      fetch(url, { cache: "no-cache" }).then(function (r) { if (!r.ok) throw r; return r.text(); }).then(function (html) {
        var part = new DOMParser().parseFromString(html, "text/html"), fresh = one("[data-live]", part);
        var items = all((fresh ? "[data-live] > li" : "li[id]"), part), seen = {}, added = 0;
        all("li[id]", list).forEach(function (li) { seen[li.id] = 1; });
        if (items.length) {
          items.forEach(function (li) { if (!seen[li.id]) added++; });
          if (list.classList.contains("is-old-first")) items.reverse();
          var tall = doc.documentElement.scrollHeight, past = list.getBoundingClientRect().top < 0 && !list.classList.contains("is-old-first");
          list.textContent = "";
          items.forEach(function (li) { list.appendChild(doc.importNode(li, true)); });
          if (past) win.scrollBy(0, doc.documentElement.scrollHeight - tall);
          if (added) say("现场新增" + added + "条");
        }
        var done = fresh && fresh.hasAttribute("data-ended") || one("[data-ended]", part);
        if (done) {
          list.setAttribute("data-ended", "");
          all("[data-live-status]").forEach(function (n) { n.textContent = "已结束，可回看"; });
          say("直播已结束");
        } else again();
      }, again);
    }
    again();
  }

  /* On paper the words of a comic stand open. */
  function paper() {
    win.addEventListener("beforeprint", function () {
      all(".comic-box ~ .fold").forEach(function (d) { d.open = true; });
    });
  }

  win.wk.run([month, filters, quizzes, live, paper]);
})(window, document);
