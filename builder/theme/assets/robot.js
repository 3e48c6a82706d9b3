/* 小统 in a page: asks the engine (robot-engine.js) and shows what it says. The package comes as a script,
   so that it works from a disk too. Nothing leaves the device; what was not answered is kept here, if the
   reader agrees, until it is exported. */
(function (win, doc) {
  "use strict";
  var KEY = "wk-robot-asked", CONSENT = "wk-robot-keep", MOST = 200, SOON = 600, LATER = 6000;
  var WAIT = "话术正在来，来了就答。", LATE = "话术还没有取到。网慢的话再等一等；一直没有，就刷新这一页，或者到百问百答里找。";
  var NEWER = "小统的话术换了新样子，这一页还是旧的。请刷新页面再问。";

  /* --- who answers ---------------------------------------------------------------------------- */
  /* A worker, so that the page never stands still; from a disk, where there is none, this page, a little at
     a time. `then(wrong)` once it can answer; `wrong` says that the package is of another make than we are. */
  function brain(urls, then) {
    var worker = null, robot = null, asked = {}, count = 0;
    function here() {
      worker = null;
      win.wkRobotPackage = function (data) {
        if (data.format !== win.wkRobot.FORMAT) { then("format"); return; }
        win.wkRobot.Robot.slowly(data, rest, function (made) { robot = made; then(""); });
      };
      [urls.engine, urls.package].forEach(function (url) {
        var el = make("script");
        el.src = url; el.async = false;
        doc.head.appendChild(el);
      });
    }
    function rest(on) { setTimeout(on, 0); } // what waits for idle moments takes four times as long
    function heard(e) {
      var said = e.data;
      if (said.wrong) then(said.wrong);
      else if (said.ready) { worker.onerror = null; then(""); }
      else if (asked[said.id]) { asked[said.id](said.reply); delete asked[said.id]; }
    }
    try {
      worker = new Worker(urls.worker);
      worker.onmessage = heard;
      worker.onerror = function (e) { e.preventDefault(); worker.terminate(); here(); };
      worker.postMessage({ engine: urls.engine, package: urls.package });
    } catch (e) { here(); }
    return function (text, day, state, got) {
      if (!worker) { got(robot.answer(text, day, state)); return; }
      asked[++count] = got;
      worker.postMessage({ id: count, text: text, day: day, state: state });
    };
  }
  var answers = null, known = null, waiting = [];
  function start(box) {
    var urls = {};
    ["engine", "worker", "package"].forEach(function (name) { urls[name] = new URL(box.getAttribute("data-" + name), location).href; });
    answers = brain(urls, function (wrong) {
      known = { wrong: wrong };
      waiting.splice(0).forEach(function (go) { go(wrong); });
    });
  }
  function ready(go) { if (known) go(known.wrong); else waiting.push(go); }
  function today() { var d = new Date(); return d.getFullYear() + "-" + ("0" + (d.getMonth() + 1)).slice(-2) + "-" + ("0" + d.getDate()).slice(-2); }
  function make(tag, name, text) {
    var el = doc.createElement(tag);
    if (name) el.className = name;
    if (text) el.textContent = text;
    return el;
  }

  /* --- what was not answered ------------------------------------------------------------------ */
  var shared = false; // a machine that many use keeps nothing
  function kept() { try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch (e) { return []; } }
  function agreed() { if (shared) return false; try { return localStorage.getItem(CONSENT) === "1"; } catch (e) { return false; } }
  function agree(on) { try { localStorage.setItem(CONSENT, on ? "1" : ""); if (!on) localStorage.removeItem(KEY); } catch (e) { /* no storage */ } }
  /* The twin of builder/robot/masks.py: numbers of people and phones, accounts, addresses of mail are never kept. */
  var FIGURES = "0-9\\u0660-\\u0669\\u06f0-\\u06f9零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", GAP = "[ \\t\\n.\\-_~·•・–—‐‑−/()（）+*#]{0,3}", ANY = "[^0-9A-Za-z\\u3400-\\u9fff]{0,3}";
  var HIDDEN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]/g, NUMBER = "［号码］", YEARS = /^(?:19|20)[0-9]{2}[\-–—~/](?:19|20)[0-9]{2}$/;
  var MAIL = /[a-z0-9][a-z0-9._%+\-]{0,63} {0,2}(?:@|[(（]at[)）]|\[at\]|艾特) {0,2}[a-z0-9][a-z0-9\-]{0,62}(?: {0,2}(?:[.。点]|dot) {0,2}[a-z0-9][a-z0-9\-]{0,62}){0,5}/gi;
  var CHAT = /((?:微信|薇信|威信|微x|v信|wechat|weixin|wx|vx|(?:^|[^a-z])v(?=[ :：=号]))(?:号码?|id|账号|帐号)?[ :：=是为叫加]{0,4})[a-z][a-z0-9_\-]{4,19}/gi;
  var PENGUIN = new RegExp("((?:qq|扣扣|企鹅)(?:号码?|群|账号|帐号){0,3}[ :：=是为叫加]{0,4})[" + FIGURES + "](?:" + GAP + "[" + FIGURES + "]){4,}", "gi");
  var PERSON = new RegExp("[1-9](?:" + ANY + "[0-9]){5}" + ANY + "(?:1" + ANY + "9|2" + ANY + "0)(?:" + ANY + "[0-9*]){9}" + ANY + "[0-9xX*]", "gu");
  var MOBILE = new RegExp("[1一幺壹]" + ANY + "[3-9三四五六七八九叁肆伍陆柒捌玖](?:" + ANY + "[" + FIGURES + "]){9}", "gu");
  var LONG = new RegExp("[" + FIGURES + "](?:" + GAP + "[" + FIGURES + "*]){6,}(?:" + GAP + "[xX](?![A-Za-z]))?", "g");
  function masked(text) {
    var plain = text.replace(/[^，？！：；（）]+/g, function (m) { return m.normalize("NFKC"); }).replace(HIDDEN, "").replace(MAIL, "［邮箱］").replace(CHAT, "$1［账号］");
    plain = plain.replace(PENGUIN, "$1" + NUMBER).replace(PERSON, NUMBER).replace(MOBILE, NUMBER);
    return plain.replace(LONG, function (found) { return YEARS.test(found) ? found : NUMBER; });
  }
  win.wkMasked = masked;
  function keep(text, reply, verdict) {
    if (!agreed()) return;
    var rows = kept();
    rows.push({ text: masked(text), kind: reply.kind, hit: reply.hits.length ? reply.hits[0].item.id : "", verdict: verdict || "", day: today() });
    try { localStorage.setItem(KEY, JSON.stringify(rows.slice(-MOST))); } catch (e) { /* no storage */ }
  }
  function exported() {
    var lines = kept().map(function (row) { return JSON.stringify(row); }).join("\n") + "\n";
    var a = make("a");
    a.href = URL.createObjectURL(new Blob([lines], { type: "application/x-ndjson" }));
    a.download = "xiaotong-" + today() + ".jsonl";
    doc.body.appendChild(a); a.click(); a.remove();
    setTimeout(function () { URL.revokeObjectURL(a.href); }, 4000);
  }

  /* --- the talk ------------------------------------------------------------------------------- */
  function Talk(box) {
    var me = this;
    this.box = box; this.state = {}; this.last = Promise.resolve(); this.visit = 0; this.base = box.getAttribute("data-base") || ""; this.loud = false;
    this.blank = box.getAttribute("data-target") || "";
    this.debug = /[?&]debug\b/.test(location.search);
    this.log = box.querySelector(".tong-log"); this.form = box.querySelector("form"); this.input = this.form.querySelector("input");
    this.form.addEventListener("submit", function (e) {
      e.preventDefault();
      var text = me.input.value.trim();
      if (text) me.ask(text);
    });
    Array.prototype.forEach.call(box.querySelectorAll("[data-ask]"), function (b) {
      b.addEventListener("click", function () { me.ask(b.textContent); });
    });
    this.tools();
    box.classList.add("is-ready");
    var mode = box.getAttribute("data-mode");
    shared = mode === "kiosk";
    if (mode && mode !== "page") doc.documentElement.classList.add("bare", "bare-" + mode);
    var asked = /[?&]q=([^&]*)/.exec(location.search);
    var words = box.hasAttribute("data-asked") ? this.input.value.trim() : "";
    try { words = asked ? decodeURIComponent(asked[1].replace(/\+/g, " ")) : words; } catch (e) { /* no address of ours */ }
    if (words && (box.hasAttribute("data-page") || box.hasAttribute("data-asked"))) this.ask(words);
  }
  Talk.prototype.tools = function () {
    var me = this, keepBox = this.box.querySelector("[data-keep]"), out = this.box.querySelector("[data-export]"), say = this.box.querySelector("[data-say]");
    function show() { if (out) out.hidden = !kept().length; }
    if (keepBox) {
      keepBox.checked = agreed();
      keepBox.addEventListener("change", function () { agree(keepBox.checked); show(); });
    }
    if (out) { out.addEventListener("click", exported); show(); this.changed = show; }
    if (say && win.speechSynthesis) {
      say.hidden = false;
      say.addEventListener("click", function () {
        me.loud = !me.loud;
        say.setAttribute("aria-pressed", String(me.loud));
        if (!me.loud) win.speechSynthesis.cancel();
      });
    }
  };
  Talk.prototype.url = function (url) { return /^[a-z]+:/.test(url) ? url : this.base + url; };
  Talk.prototype.ask = function (text) {
    var me = this, row = null;
    this.put("mine", [make("p", "", text)]);
    this.input.value = "";
    function wait(said) {
      if (visit !== me.visit) return;
      if (row) row.querySelector("p").textContent = said;
      else row = me.put("tong", [make("p", "tong-wait quiet", said)]);
    }
    var soon = setTimeout(function () { wait(WAIT); }, SOON), later = setTimeout(function () { wait(LATE); }, LATER), visit = this.visit;
    function over() { clearTimeout(soon); clearTimeout(later); if (row) row.remove(); }
    /* One after the other: what is asked next may go on from this. */
    this.last = this.last.then(function () {
      return new Promise(function (next) {
        ready(function (wrong) {
          if (wrong) { over(); me.put("tong", [make("p", "tong-a", NEWER)]); next(); return; }
          answers(text, today(), me.state, function (reply) {
            over(); next();
            if (visit === me.visit) me.tell(text, reply);
          });
        });
      });
    });
  };
  Talk.prototype.put = function (who, parts) {
    var row = make("div", "tong-turn tong-" + who);
    row.appendChild(make("span", "sr", who === "mine" ? "您问：" : "小统："));
    parts.forEach(function (part) { if (part) row.appendChild(part); });
    this.log.appendChild(row);
    row.scrollIntoView({ block: "nearest" });
    return row;
  };
  /* `open`, where it is set, shows a page in place. */
  Talk.prototype.link = function (title, url, item) {
    var me = this, a = make(this.open ? "button" : "a", "more", title);
    if (this.open) {
      a.type = "button";
      a.addEventListener("click", function () { me.open(me.url(url), title, item, a); });
      return a;
    }
    a.href = this.url(url);
    if (this.blank) { a.target = this.blank; a.rel = "noopener"; }
    return a;
  };
  Talk.prototype.answer = function (item) {
    var parts = [make("p", "tong-q", item.title), make("p", "tong-a", item.answer || item.title)], line = make("p", "tong-from quiet");
    if (item.source) line.appendChild(doc.createTextNode("出处：" + item.source + " "));
    if (item.url) line.appendChild(this.link("看全文", item.url, item));
    return parts.concat([line]);
  };
  Talk.prototype.options = function (names, lead) {
    var me = this, box = make("div", "chips");
    if (lead) box.appendChild(make("b", "", lead));
    names.forEach(function (name) {
      var b = make("button", "chip", name);
      b.type = "button";
      b.addEventListener("click", function () { me.ask(name); me.input.focus(); });
      box.appendChild(b);
    });
    return box;
  };
  Talk.prototype.judge = function (text, reply) {
    var me = this, box = make("div", "tong-judge"), done = false;
    [["有用", "good"], ["没答到", "bad"]].forEach(function (pair) {
      var b = make("button", "chip", pair[0]);
      b.type = "button";
      b.addEventListener("click", function () {
        if (done) return;
        done = true;
        b.setAttribute("aria-pressed", "true");
        if (pair[1] === "bad") keep(text, reply, "bad");
        if (me.changed) me.changed();
        box.appendChild(make("span", "quiet", pair[1] === "bad" ? (agreed() ? "记下了。" : "可以换个说法再问，或者问处室。") : "谢谢。"));
      });
      box.appendChild(b);
    });
    return box;
  };
  Talk.prototype.tell = function (text, reply) {
    var me = this, parts = [], titles = reply.hits.map(function (h) { return h.item.title; });
    this.state = reply.state;
    if (reply.say) parts.push(make("p", "tong-a", reply.say));
    if (reply.note) parts.push(make("p", "tong-a tong-note", reply.note));
    if (reply.kind === "answer") parts = parts.concat(this.answer(reply.hits[0].item), [this.judge(text, reply)]);
    else if (reply.kind === "choice") parts.push(make("p", "tong-a", "您问的是哪一个？"), this.options(titles));
    else if (reply.kind === "unsure") {
      if (titles.length) parts.push(this.options(titles, "是不是想问"));
      keep(text, reply);
      if (this.changed) this.changed();
    }
    if (reply.source) parts.push(make("p", "tong-from quiet", "出处：" + reply.source));
    reply.links.forEach(function (pair) { parts.push(make("p", "", "")); parts[parts.length - 1].appendChild(me.link(pair[0], pair[1])); });
    if (reply.url) { parts.push(make("p", "")); parts[parts.length - 1].appendChild(this.link("看说明", reply.url)); }
    if (reply.choices.length) parts.push(this.options(reply.choices));
    if (/^(unsure|refused|elsewhere)$/.test(reply.kind)) { parts.push(make("p", "")); parts[parts.length - 1].appendChild(this.link("问处室", "divisions/")); }
    if (this.debug) parts.push(make("p", "tong-why quiet", reply.kind + "　" + reply.why));
    this.put("tong", parts);
    this.speak(reply);
  };
  Talk.prototype.speak = function (reply) {
    if (!this.loud || !win.speechSynthesis) return;
    var text = reply.say || (reply.kind === "answer" ? (reply.note || "") + reply.hits[0].item.answer : "您问的是哪一个？");
    var voice = new SpeechSynthesisUtterance(text);
    voice.lang = "zh-CN"; voice.rate = 0.95;
    win.speechSynthesis.cancel(); win.speechSynthesis.speak(voice);
  };

  /* Nothing is left of what was said, nor of what was agreed to. */
  Talk.prototype.forget = function () {
    this.visit++;
    this.log.textContent = ""; this.state = {}; this.input.value = ""; this.loud = false;
    var say = this.box.querySelector("[data-say]");
    if (say) say.setAttribute("aria-pressed", "false");
    if (win.speechSynthesis) win.speechSynthesis.cancel();
    agree(false);
  };

  win.wkTalk = function (box) {
    if (!answers) start(box);
    return new Talk(box);
  };
  Array.prototype.forEach.call(doc.querySelectorAll("[data-robot]"), function (box) { box.wkTalk = win.wkTalk(box); });
})(window, document);
