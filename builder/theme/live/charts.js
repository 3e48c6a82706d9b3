/* A chart that answers. The picture in the page is what everybody sees first; at a reader's first touch
   ECharts is loaded from this site and draws the same chart in the same place. Escape gives the picture back.
   The numbers come from the table in the figure, as they were written. */
(function (win, doc) {
  "use strict";
  var look = "@look@";
  var engine = doc.currentScript.getAttribute("data-engine"), wk = win.wk, asked = null, shown = [];
  var still = win.matchMedia && matchMedia("(prefers-reduced-motion: reduce)").matches;

  function load(then, failed) {
    if (win.echarts) return then();
    if (!asked) {
      asked = doc.createElement("script"); asked.src = engine;
      asked.addEventListener("error", function () { asked.remove(); asked = null; });
      doc.head.appendChild(asked);
    }
    asked.addEventListener("load", then); asked.addEventListener("error", failed);
  }

  /* The option: stand-ins become colours of the page, declared names become functions */
  function dressed(value, css) {
    if (typeof value === "string") return /^#0d0e[0-9a-f]{2}$/.test(value) ? css.getPropertyValue("--chart-" + look.names[parseInt(value.slice(5), 16)]).trim() : value;
    if (!value || typeof value !== "object") return value;
    var made = Array.isArray(value) ? [] : {};
    Object.keys(value).forEach(function (key) { made[key] = dressed(value[key], css); });
    return made;
  }
  function list(value) { return value ? [].concat(value) : []; }
  function unsigned(v) { return v < 0 ? "" : win.echarts.format.addCommas(v); }
  function option(one, css) {
    var data = one.data, made = dressed(data.options[one.at] || data.options[0], css);
    var axes = { line: "line", sparkline: "line", multiples: "line", bar: "shadow", stacked: "shadow", combined: "shadow", regions: "shadow" }[data.type];
    list(made.yAxis).forEach(function (axis) { if (axis.unsigned) axis.axisLabel.formatter = unsigned; });
    if (data.type !== "option") list(made.series).forEach(function (s) { s.silent = false; });
    if (made.legend && one.selected) list(made.legend).forEach(function (l) { l.selected = one.selected; });
    if (made.legend) list(made.legend).forEach(function (l) { l.inactiveColor = css.getPropertyValue("--chart-hair").trim(); l.inactiveBorderColor = l.inactiveColor; });
    made.animation = false;
    made.tooltip = {
      trigger: axes ? "axis" : "item", renderMode: "html", className: "chart-tip", confine: true, enterable: false,
      transitionDuration: 0, formatter: function (hit) { return tip(one, hit); },
      axisPointer: { type: axes || "none", lineStyle: { color: css.getPropertyValue("--chart-ink-2").trim() }, shadowStyle: { color: css.getPropertyValue("--chart-ink-2").trim(), opacity: 0.12 } }
    };
    return made;
  }

  /* What a pointer is told: a node, because a strict page lets no markup bring styles */
  function tip(one, hit) {
    var data = one.data, hits = list(hit), first = hits[0], rows = one.rows, lines;
    function line(series, cell) { return [one.names[series], cell + (data.units[series] || "")]; }
    if (!first) return null;
    if (data.type === "option") return told(first.name || first.seriesName, [[first.name ? first.seriesName : "", list(first.value).join("，")]]);
    if (data.type === "pie" || data.type === "rose") return told(rows[first.dataIndex][0], [["", rows[first.dataIndex][1] + data.units[0]], ["占", rows[first.dataIndex][2]]]);
    if (data.type === "heatmap") return told(rows[first.value[0]][0], [line(first.value[1], rows[first.value[0]][first.value[1] + 1])]);
    if (data.type === "radar") return told(one.names[first.dataIndex], rows.map(function (row) { return [row[0], row[first.dataIndex + 1] + data.units[0]]; }));
    var row = rows[data.order ? data.order[first.dataIndex] : first.dataIndex];
    lines = hits.map(function (h) { return line(h.seriesIndex, row[h.seriesIndex + 1]); });
    return told(row[0], lines);
  }
  function told(title, lines) {
    var box = doc.createElement("div"), head = doc.createElement("b");
    head.textContent = title; box.appendChild(head);
    lines.forEach(function (line) {
      var p = doc.createElement("p"), name = doc.createElement("span"), value = doc.createElement("strong");
      name.textContent = line[0]; value.textContent = line[1]; p.appendChild(name); p.appendChild(value); box.appendChild(p);
    });
    return box;
  }

  /* In the place of the picture that is shown, as large as it is */
  function draw(one, spot) {
    var pictures = wk.all("svg", one.box).filter(function (svg) { return svg.parentNode === one.box; }), at = 0;
    pictures.forEach(function (svg, n) { if (svg.getBoundingClientRect().width) at = n; });
    var svg = pictures[at], css = getComputedStyle(svg), place = svg.getBoundingClientRect(), outer = one.box.getBoundingClientRect();
    var size = one.data.sizes[at], scale = place.width / size[0];
    if (one.chart) {
      var before = list(one.chart.getOption().legend)[0];
      one.selected = before && before.selected; one.chart.dispose(); one.live.remove();
    }
    var live = doc.createElement("div"); live.className = "chart-live"; live.setAttribute("aria-hidden", "true");
    live.style.width = size[0] + "px"; live.style.height = size[1] + "px";
    live.style.left = place.left - outer.left + "px"; live.style.top = place.top - outer.top + "px";
    live.style.transform = "scale(" + scale + ")";
    one.box.appendChild(live); one.live = live; one.at = at; one.width = outer.width;
    var theme = dressed(look.theme, css); theme.textStyle.fontFamily = css.fontFamily;
    one.chart = win.echarts.init(live, theme, { renderer: "svg", width: size[0], height: size[1] });
    one.chart.setOption(option(one, css)); /* at once: it takes the place of a picture that stood there */
    one.chart.setOption({ animation: !still, animationDurationUpdate: 300 });
    one.figure.classList.add("is-live");
    one.chart.getZr().flush(); /* drawn now, so that a tip finds what is under the pointer */
    if (spot) one.chart.dispatchAction({ type: "showTip", x: (spot.clientX - place.left) / scale, y: (spot.clientY - place.top) / scale });
  }
  function begin(one, spot) {
    if (one.wanted) return;
    one.wanted = true; one.button.textContent = "正在载入";
    load(function () {
      if (!one.wanted || one.chart) return;
      try { draw(one, spot()); } catch (error) { end(one); if (win.console) console.error(error); return; }
      one.button.textContent = "看静态图"; shown.push(one);
    }, function () { end(one); wk.say("互动图没有载入，请看静态图和数据表"); });
  }
  function end(one) {
    one.wanted = false; one.figure.classList.remove("is-live"); one.button.textContent = "互动查看";
    if (one.chart) one.chart.dispose();
    if (one.live) one.live.remove();
    one.chart = one.live = one.selected = null;
    shown = shown.filter(function (other) { return other !== one; });
  }

  function charts() {
    wk.all("figure.chart").forEach(function (figure) {
      var data = wk.one("script[type='application/json']", figure), box = wk.one(".chart-box", figure), button = wk.one(".chart-do", figure), spot = null, dwell = 0, sent = false;
      if (!data || !box || !button) return;
      var heads = wk.all("thead th", figure).slice(1), one = { figure: figure, box: box, button: button, data: JSON.parse(data.textContent) };
      one.names = heads.map(function (th, n) { return th.textContent.replace("（" + one.data.units[n] + "）", ""); });
      one.rows = wk.all("tbody tr", figure).map(function (tr) { return wk.all("th, td", tr).map(function (cell) { return cell.textContent; }); });
      function last() { return spot; }
      box.addEventListener("pointermove", function (e) { spot = e; });
      box.addEventListener("pointerenter", function (e) {
        if (e.pointerType === "mouse" && !sent) dwell = setTimeout(function () { begin(one, last); }, 150);
      });
      box.addEventListener("pointerleave", function () { clearTimeout(dwell); spot = null; });
      box.addEventListener("click", function (e) { spot = e; begin(one, last); });
      button.addEventListener("click", function () {
        sent = !!one.wanted;
        if (one.wanted) end(one);
        else begin(one, function () { wk.say("这张图可以互动了：指到哪里看哪里的数，按 Esc 看静态图。数据表里有全部的数。"); return null; });
      });
      one.send = function () { sent = true; end(one); };
    });
    doc.addEventListener("keydown", function (e) { if (e.key === "Escape") shown.slice().forEach(function (one) { one.send(); }); });
    win.addEventListener("resize", function () { shown.forEach(function (one) { if (one.box.getBoundingClientRect().width !== one.width) draw(one); }); });
    if (win.MutationObserver) new MutationObserver(function () { shown.forEach(function (one) { draw(one); }); }).observe(doc.documentElement, { attributes: true, attributeFilter: ["data-md-color-scheme", "data-text"] });
  }

  wk.run([charts]);
})(window, document);
