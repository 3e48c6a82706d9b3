/* 小统: the twin of builder/robot (Python). Same package, same question, same answer, to the last bit:
   sums run in the same order, logarithms are rounded. Shared vectors in the tests keep the two alike. */
(function (win) {
  "use strict";
  var RUN = /[\u3400-\u9fff\uf900-\ufaff]+|[a-z0-9]+(?:[.\-\/][a-z0-9]+)*/g;
  var TITLE = 3.0, ASK = 2.0, KEYS = 1.5, ANSWER = 1.2, TEXT = 0.5, K1 = 1.2, B = 0.5;
  var ONE = 0.5, NEAR = 0.8, LATIN = 1.5, SOUND = 0.7, SLIP = 0.8, HUSH = 0.25, BEFORE = 0.35, KEPT = 30;
  var LONGEST = 300, CLOSE = 0.88, OFFERED = 3, SLICE = 12; // milliseconds a page is kept waiting
  var FOLLOWING = ["那", "如果", "要是", "它", "这个", "这种", "还有", "具体", "然后"];
  var DEFINED = "是什么", UNSURE = "这个问题我没有把握，不乱答。", NOTHING = "没有听清，请把问题写成一句话。";
  var SCORE = 20.0, MASS = 0.066, ELSEWHERE = 26.0, LEAST = 2.6, ENOUGH = 60.0;
  var LEAVE = ["退出", "算了", "不测了", "结束", "取消", "不用了"], BACK = ["上一步", "返回", "重选"];
  var MANY = { "万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2, "十万": 1e5, "百万": 1e6, "千万": 1e7, "万亿": 1e12 }, UNITS = { "十": 10, "百": 100, "千": 1000 };
  var DIGITS = { "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9 };

  function fold(text) { return text.normalize("NFKC").toLowerCase(); }
  function bare(text) { return (fold(text).match(RUN) || []).join(""); }
  function list(value) { return value || []; }
  function has(text, words) { return words.some(function (w) { return text.indexOf(w) >= 0; }); }

  /* --- words --------------------------------------------------------------------------------- */
  function any(words) {
    var ordered = Array.from(new Set(words)).sort(function (a, b) { return b.length - a.length || (a < b ? -1 : a > b ? 1 : 0); });
    var source = ordered.map(function (w) { return w.replace(/[.*+?^${}()|[\]\\\/-]/g, "\\$&"); }).join("|");
    return new RegExp(source || "(?!)", "g");
  }
  function slack(syllable) {
    ["zh", "ch", "sh"].forEach(function (first) { if (syllable.indexOf(first) === 0) syllable = first[0] + syllable.slice(2); });
    return /(ing|eng|ang)$/.test(syllable) ? syllable.slice(0, -1) : syllable;
  }
  function Reader(tables) {
    var first = new Map(), sounds = this.sounds = new Map();
    tables.same.forEach(function (row) { row.forEach(function (word) { first.set(fold(word), fold(row[0])); }); });
    tables.sounds.forEach(function (row) {
      var cut = row.indexOf(" "), sound = slack(row.slice(0, cut));
      Array.from(row.slice(cut + 1)).forEach(function (c) { sounds.set(c, sound); });
    });
    this.quiet = new Set(tables.quiet);
    this.first = first; this.soft = new Set(Array.from(tables.soft)); this.near = tables.near;
    this.variants = any(Array.from(first.keys())); this.phrases = any(tables.fill.map(fold));
  }
  Reader.prototype.plain = function (text) {
    var first = this.first;
    return fold(text).replace(this.variants, function (word) { return first.get(word); });
  };
  Reader.prototype.bare = function (plain) {
    var soft = this.soft;
    return Array.from(plain.replace(this.phrases, " ")).filter(function (c) { return !soft.has(c); }).join("");
  };
  Reader.prototype.name = function (text) {
    var left = (this.bare(this.plain(text)).match(RUN) || []).join("");
    return left.split(DEFINED).join("") || left;
  };
  Reader.prototype.tokens = function (text) {
    var plain = this.plain(text), found = new Map();
    function add(token) { found.set(token, (found.get(token) || 0) + 1); }
    (this.bare(plain).match(RUN) || []).forEach(function (run) { pieces(run, add); });
    this.near.forEach(function (row, number) { if (has(plain, row)) found.set("#" + number, 1); });
    return found;
  };
  Reader.prototype.sound = function (pair) {
    var one = this.sounds.get(pair[0]), two = this.sounds.get(pair[1]);
    return one && two ? one + " " + two : "";
  };
  function pieces(run, add) {
    if (run[0] < "\u3400") {
      add(run);
      var parts = run.split(/[.\-\/]/);
      if (parts.length > 1) parts.forEach(add);
      return;
    }
    for (var i = 0; i < run.length; i++) add("1" + run[i]);
    for (var j = 0; j < run.length - 1; j++) add(run.slice(j, j + 2));
  }

  /* --- index --------------------------------------------------------------------------------- */
  function rowsOf(p) {
    var rows = [];
    function asks(row) { return list(row.ask).map(function (text) { return [ASK, text]; }); }
    list(p.items).forEach(function (item, n) {
      rows.push({ part: "items", number: n, texts: [[TITLE, item.title]].concat(asks(item), [[KEYS, item.keys || ""], [ANSWER, item.answer || ""], [TEXT, item.text || ""]]) });
    });
    list(p.talks).forEach(function (talk, n) { rows.push({ part: "talks", number: n, texts: asks(talk) }); });
    list(p.refusals).forEach(function (rule, n) { rows.push({ part: "refusals", number: n, texts: asks(rule) }); });
    list(p.elsewhere).forEach(function (topic, n) {
      rows.push({ part: "elsewhere", number: n, texts: asks(topic).concat(list(topic.words).map(function (w) { return [KEYS, w]; })) });
    });
    list(p.flows).forEach(function (flow, n) { rows.push({ part: "flows", number: n, texts: [[TITLE, flow.title]].concat(asks(flow)) }); });
    return rows;
  }
  function weight(token) {
    if (token[0] === "#") return NEAR;
    if (token[0] === "1" && token.length === 2 && token[1] >= "\u3400") return ONE;
    return token[0] < "\u3400" ? LATIN : 1.0;
  }
  function rarity(total, held) { return Math.floor(Math.log(1 + (total - held + 0.5) / (held + 0.5)) * 4096 + 0.5) / 4096; }
  /* `add` takes one row after the other, so that whoever indexes in a page can rest between them. */
  function building(rows, reader) {
    var postings = new Map(), lengths = [], sum = 0;
    function add(row, number) {
      var counts = new Map(), length = 0;
      row.texts.forEach(function (pair) {
        reader.tokens(pair[1]).forEach(function (count, token) {
          counts.set(token, (counts.get(token) || 0) + count * pair[0]);
          length += count * pair[0];
        });
      });
      counts.forEach(function (many, token) {
        if (!postings.has(token)) postings.set(token, []);
        postings.get(token).push([number, many]);
      });
      lengths.push(length); sum += length;
    }
    return { add: add, done: function () { return built(rows, reader, postings, lengths, sum); } };
  }
  function built(rows, reader, postings, lengths, sum) {
    var total = rows.length, mean = (total ? sum / total : 0) || 1.0, worth = new Map(), sounds = new Map(), latin = [];
    postings.forEach(function (held, token) {
      worth.set(token, weight(token) * rarity(total, held.length) * (reader.quiet.has(token) ? HUSH : 1.0));
      if (token.length === 2 && token[0] >= "\u3400") {
        var sound = reader.sound(token);
        if (sound) { if (!sounds.has(sound)) sounds.set(sound, []); sounds.get(sound).push(token); }
      }
      if (token[0] >= "a" && token[0] <= "z") latin.push(token);
    });
    var norms = lengths.map(function (n) { return K1 * (1 - B + B * n / mean); });
    postings.forEach(function (held) {
      held.forEach(function (pair) { pair[1] = pair[1] * (K1 + 1) / (pair[1] + norms[pair[0]]); });
    });
    return { postings: postings, worth: worth, rarest: rarity(total, 0), sounds: sounds, latin: latin };
  }

  /* --- ranking ------------------------------------------------------------------------------- */
  function asked(text, index, reader, before) {
    var shares = new Map(), full = 0, known = 0;
    reader.tokens(text).forEach(function (_, token) {
      var worth = index.worth.get(token);
      if (worth === undefined) {
        full += index.rarest * weight(token) * (reader.quiet.has(token) ? HUSH : 1.0);
        meant(token, index, reader).forEach(function (pair) {
          shares.set(pair[0], Math.max(shares.get(pair[0]) || 0, pair[1]));
          known += pair[1] * index.worth.get(pair[0]);
        });
        return;
      }
      full += worth; known += worth; shares.set(token, 1.0);
    });
    if (before) reader.tokens(before).forEach(function (_, token) {
      if (!shares.has(token) && index.worth.has(token)) { shares.set(token, BEFORE); full += BEFORE * index.worth.get(token); }
    });
    return { shares: shares, full: full, known: known };
  }
  function meant(token, index, reader) {
    var found = [];
    if (token.length === 2 && token[0] >= "\u3400") {
      var sound = reader.sound(token);
      found = sound ? index.sounds.get(sound) || [] : [];
      return found.length === 1 ? [[found[0], SOUND]] : [];
    }
    if (token.length >= 3 && token[0] >= "a" && token[0] <= "z") {
      found = index.latin.filter(function (t) { return Math.abs(t.length - token.length) <= 1 && near(t, token); });
      return found.length === 1 ? [[found[0], SLIP]] : [];
    }
    return [];
  }
  function near(one, other) {
    if (one.length > other.length) { var t = one; one = other; other = t; }
    var at = 0;
    while (at < one.length && one[at] === other[at]) at++;
    if (one.length < other.length) return one.slice(at) === other.slice(at + 1);
    var rest = one.slice(at + 1) === other.slice(at + 1);
    return rest || (one.slice(at, at + 2) === other.slice(at, at + 2).split("").reverse().join("") && one.slice(at + 2) === other.slice(at + 2));
  }
  function ranked(question, index) {
    var scores = new Map(), masses = new Map();
    question.shares.forEach(function (share, token) {
      var worth = share * index.worth.get(token);
      index.postings.get(token).forEach(function (pair) {
        var row = pair[0];
        scores.set(row, (scores.get(row) || 0) + worth * pair[1]);
        masses.set(row, (masses.get(row) || 0) + worth);
      });
    });
    var whole = question.full * (K1 + 1) || 1.0, found = [];
    scores.forEach(function (score, row) { found.push({ row: row, score: score / whole, mass: masses.get(row) }); });
    return found.sort(function (a, b) { return b.score - a.score || a.row - b.row; }).slice(0, KEPT);
  }
  function ours(fits, rows) { return fits.find(function (f) { var part = rows[f.row].part; return part === "items" || part === "flows"; }) || null; }
  function sure(fit, fits, rows) {
    var other = fits.find(function (f) { return rows[f.row].part === "elsewhere"; });
    return SCORE * fit.score + MASS * Math.min(fit.mass, ENOUGH) - ELSEWHERE * (other ? other.score : 0.0) - LEAST >= 0;
  }

  /* --- rules --------------------------------------------------------------------------------- */
  function refused(text, refusals, reader) {
    var said = reader.plain(text);
    return list(refusals).find(function (rule) {
      return list(rule.when).length && rule.when.every(function (row) { return has(said, row); }) && !has(said, list(rule.unless));
    }) || null;
  }
  function excused(text, refusals, reader) {
    var said = reader.plain(text), says = new Set(), free = new Set();
    refusals.forEach(function (rule) { if (has(said, list(rule.unless))) says.add(rule.say); });
    refusals.forEach(function (rule, n) { if (says.has(rule.say)) free.add(n); });
    return free;
  }
  var CODE = /(^|[^a-z0-9])((?:[a-z]{1,3}\d{3}(?:-\d+)?|\d{2,4}(?:-\d)?))(?![a-z0-9]|\.\d)/g;
  function coded(text, items) {
    var codes = new Set(), said = fold(text), match;
    CODE.lastIndex = 0;
    while ((match = CODE.exec(said))) { codes.add(match[2]); CODE.lastIndex = match.index + match[0].length; }
    if (!codes.size) return [];
    return list(items).filter(function (item) { return list(item.codes).some(function (code) { return codes.has(fold(code)); }); });
  }
  function spoken(text) {
    var total = 0, digit = 0;
    Array.from(text).forEach(function (c) {
      if (c in DIGITS) digit = DIGITS[c];
      else { total += (digit || 1) * UNITS[c]; digit = 0; }
    });
    return total + digit;
  }
  var NUMBER = /(-?[0-9]+(?:\.[0-9]+)?)个?(千万|百万|十万|万亿|亿|万|千|百)?(元)?/, MORE = /(?:多|余|来)(?=个?[千百十万亿])/g;
  var BESIDE = [/(?:19|20)[0-9]{2}年度?/g, /[0-9]+个?月份?/g, /[0-9]+(?:个|名|多)?人/g], EXACT = "请写一个确切的数。";
  var VAGUE = /不到|不足|以下|不满|差一点|差点|[0-9万亿][\-~～—–至到][0-9一二三四五六七八九两]|几[千百十万亿]/;
  var NOT = ["没", "不", "未", "非", "没有", "不是", "不在", "没在", "未在"];
  function vague(text) { return VAGUE.test(fold(text)); }
  function amount(text, unit) {
    var said = fold(text).replace(/[, ]/g, "");
    BESIDE.slice(0, unit === "人" ? 2 : 3).forEach(function (beside) { said = said.replace(beside, ""); });
    if (!/\d/.test(said)) said = said.replace(/[零〇一二两三四五六七八九十百千]+(?=万|亿|$|[^零〇一二两三四五六七八九十百千])/g, function (m) { return String(spoken(m)); });
    var found = NUMBER.exec(said.replace(MORE, ""));
    if (!found) return null;
    var value = parseFloat(found[1]), own = MANY[(unit || "")[0]] || 1;
    if (!found[2] && !found[3] && !(own > 1 && value >= 1000000)) return value;
    return value * (MANY[found[2]] || 1) / own;
  }
  function meantIn(word, text) {
    var said = fold(text), at = said.indexOf(fold(word)), before = said.slice(0, at);
    return at >= 0 && !NOT.some(function (no) { return before.slice(-no.length) === no; });
  }
  function chosen(text, step, reader) {
    function short(word) { return reader.bare(reader.plain(word)).replace(/ /g, ""); }
    var said = short(text), choices = list(step.choices), exact = "";
    choices.some(function (choice, at) {
      var words = [choice.text].concat(list(choice.also)).map(short), n = at + 1;
      if (words.indexOf(said) >= 0 || said === String(n) || said === "第" + n + "个" || said === "选" + n) exact = choice.to;
      return exact;
    });
    if (exact) return exact;
    var inside = new Set();
    choices.forEach(function (c) { if ([c.text].concat(list(c.also)).some(function (w) { return meantIn(w, text); })) inside.add(c.to); });
    if (inside.size === 1) return Array.from(inside)[0];
    if (list(step.bounds).length) {
      var value = amount(text, step.unit);
      if (value !== null && !vague(text)) {
        var bound = step.bounds.find(function (b) { return b.least === undefined || value >= b.least; });
        return bound ? bound.to : "";
      }
    }
    return "";
  }

  /* --- the robot ----------------------------------------------------------------------------- */
  var FORMAT = "weike-robot/1";
  function Robot(p) { if (p) this.works(p).forEach(function (work) { work(); }); }
  /* The same a little at a time: `rest` is told what to go on with, `then` gets the robot. */
  Robot.slowly = function (p, rest, then) {
    var robot = new Robot(), works = [function () { works = robot.works(p); done = 0; }], done = 0;
    (function on() {
      var until = Date.now() + SLICE;
      do works[done++](); while (done < works.length && Date.now() < until);
      if (done < works.length) rest(on); else then(robot);
    })();
  };
  Robot.prototype.works = function (p) {
    var me = this, talks = this.talks = new Map(), names = this.names = new Map();
    list(p.talks).forEach(function (talk) { list(talk.ask).forEach(function (ask) { talks.set(bare(ask), talk); }); });
    var reader = this.reader = new Reader(p.tables), rows = this.rows = rowsOf(p), index = building(rows, reader);
    this.package = p;
    return rows.map(function (row, number) { return function () { index.add(row, number); }; }).concat(
      function () { me.index = index.done(); },
      list(p.items).map(function (item) {
        return function () {
          [item.title].concat(list(item.ask)).forEach(function (said) {
            var name = reader.name(said);
            if (!names.has(name)) names.set(name, item);
          });
        };
      }));
  };
  function holds(row, day) { return (!row.start || row.start <= day) && (!row.to || day <= row.to); }
  function reply(kind, more) { return Object.assign({ kind: kind, say: "", hits: [], choices: [], links: [], url: "", state: {}, why: "", source: "" }, more); }

  Robot.prototype.fits = function (text, day, before) {
    var me = this, question = asked(text, this.index, this.reader, before);
    var fits = ranked(question, this.index).filter(function (fit) {
      var row = me.rows[fit.row];
      return row.part === "items" || row.part === "flows" ? holds(me.package[row.part][row.number], day) : true;
    });
    return { question: question, fits: fits };
  };
  Robot.prototype.answer = function (text, day, state) {
    state = state || {};
    text = Array.from(text.trim()).slice(0, LONGEST).join("");
    if (!text) return reply("talk", { say: NOTHING, state: state });
    var next = state.flow && this.onward(text, state, day);
    if (next) return next;
    var rule = refused(text, this.package.refusals, this.reader);
    if (rule) return reply("refused", { say: rule.say, url: rule.url || "", why: "规则：" + rule.title });
    var talk = this.talks.get(bare(text));
    if (talk) return reply("talk", { say: talk.say || "", state: state, why: "闲话" });
    return this.named(text, day) || this.exact(text, day) || this.found(text, day, state);
  };
  Robot.prototype.named = function (text, day) {
    var item = this.names.get(this.reader.name(text));
    if (!item || !holds(item, day)) return null;
    return reply("answer", { hits: [{ item: item, score: 1.0 }], state: { last: item.id }, why: "问法相同" });
  };
  Robot.prototype.exact = function (text, day) {
    var found = coded(text, this.package.items).filter(function (item) { return holds(item, day); });
    if (!found.length) return null;
    var hits = found.slice(0, OFFERED).map(function (item) { return { item: item, score: 1.0 }; });
    return reply(found.length === 1 ? "answer" : "choice", { hits: hits, state: { last: found[0].id }, why: "代码相符" });
  };
  Robot.prototype.before = function (text, state) {
    var goesOn = Array.from(text).length <= 12 && (FOLLOWING.some(function (w) { return text.indexOf(w) === 0; }) || /呢？?$/.test(text));
    if (!state.last || !goesOn) return "";
    var item = list(this.package.items).find(function (i) { return i.id === state.last; });
    return item ? item.title : "";
  };
  Robot.prototype.unsure = function (question, hits, state) {
    return reply("unsure", { say: UNSURE + (this.package.handover || ""), hits: hits, state: state, why: "认得 " + (question.known / (question.full || 1)).toFixed(2) });
  };
  Robot.prototype.found = function (text, day, state) {
    var me = this, p = this.package, looked = this.fits(text, day, this.before(text, state));
    var free = excused(text, list(p.refusals), this.reader);
    var fits = looked.fits.filter(function (f) { return me.rows[f.row].part !== "refusals" || !free.has(me.rows[f.row].number); });
    if (!fits.length) return this.unsure(looked.question, [], state);
    var row = this.rows[fits[0].row], one = p[row.part][row.number];
    function why(what, fit) { return what + "，分 " + (fit || fits[0]).score.toFixed(3); }
    if (row.part === "talks") return reply("talk", { say: one.say || "", state: state, why: why("闲话") });
    if (row.part === "refusals") return reply("refused", { say: one.say || "", url: one.url || "", why: why(one.title) });
    var hits = fits.filter(function (f) { return me.rows[f.row].part === "items"; }).map(function (f) {
      return { item: p.items[me.rows[f.row].number], score: f.score };
    });
    var own = ours(fits, this.rows);
    if (!own || !sure(own, fits, this.rows)) {
      if (row.part !== "elsewhere") return this.unsure(looked.question, hits.slice(0, OFFERED), state);
      return reply("elsewhere", { say: one.who || "", state: state, why: why(one.topic) });
    }
    var first = this.rows[own.row];
    if (first.part === "flows") return step(p.flows[first.number], p.flows[first.number].steps[0]);
    var close = hits.slice(0, OFFERED).filter(function (h) { return h.score >= CLOSE * hits[0].score; });
    return reply(close.length > 1 ? "choice" : "answer", { hits: close.length > 1 ? close : hits.slice(0, 1), state: { last: hits[0].item.id }, why: why(hits[0].item.id, own) });
  };
  Robot.prototype.onward = function (text, state, day) {
    var flow = list(this.package.flows).find(function (f) { return f.id === state.flow; });
    var now = flow && holds(flow, day) ? flow.steps.find(function (s) { return s.id === state.step; }) : null;
    if (!now) return null;
    if (has(text, LEAVE)) return reply("talk", { say: "好，先到这里。有问题再问我。", state: { last: state.last || "" } });
    if (has(text, BACK)) return step(flow, flow.steps[0]);
    var name = chosen(text, now, this.reader);
    if (!name && list(now.bounds).length && vague(text)) return Object.assign(step(flow, Object.assign({}, now, { say: EXACT + now.say })), { why: "数不确切" });
    var after = name && flow.steps.find(function (s) { return s.id === name; });
    return after ? step(flow, after) : null;
  };
  function step(flow, one) {
    var on = list(one.choices).length || list(one.bounds).length;
    return reply("step", {
      say: one.say, choices: list(one.choices).map(function (c) { return c.text; }), links: list(one.links), source: one.source || "",
      state: on ? { flow: flow.id, step: one.id } : {}, why: "流程：" + flow.title
    });
  }

  var made = { Robot: Robot, FORMAT: FORMAT, amount: amount, near: near };
  if (typeof module !== "undefined") module.exports = made; else win.wkRobot = made;
})(typeof window !== "undefined" ? window : this);
