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
  var CHAT = 0.3, DELICATE = 0.75, ALIKE = 0.2, AWAY = 0.2, REPEAT = 0.5, OLD = "收录到的最近一期：", REGIONS = ["分地区", "indicators/regions/"];
  var UNHEARD = "这一步没有听懂。", SHORT = 12, ENDING = /[啊呀吧啦嘛了哦噢呢哈诶喽]+$/, EVERY = { "季": [3, "一季"], "半年": [6, "半年"], "年": [12, "一年"] };
  var BLANK = /^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g;
  var TAIL = /(?:(?:同比|环比|增长|增速|上涨|下降|涨|跌|速度|是|有)*(?:多少|几个点|百分之几|怎么|情况|数据)|(?:同比|环比|增长|增速|上涨|下降)+)$/;
  var LEAVE = /^(?:(?:那|我|先|就|要|请)*(?:退出|算了|结束|取消|停止|不用了?|不做了|不玩了|不问了|不.{0,3}测了?)(?:自测|测试|流程)?[吧啊呀啦嘛了哈]*)$/;
  var BACK = /^(?:(?:我|要|请|想|回到|退回|返回)*(?:上一步|返回|重选|重新选|重新来|重来|从头来)[吧啊呀啦一遍]*)$/;
  var LOST = /^(?:(?:我|这个|这|都|也|还|真|们)*(?:不知道|不清楚|不晓得|不确定|不懂|没数|拿不准|记不清|记不得|忘了|说不准|说不好)(?:啊|呀|呢|了|的|哦|诶|怎么办|是多少|多少|选哪个|选什么|填多少|怎么填|怎么选|这个|这个数|哪个)*)$/;
  var WHICH = "要问哪个指标？请把指标也写上，比如“上个月CPI”。", PENDING = "的数还没有发布，我不知道，也不猜。已经发布的最新一期可以问我。", SEEK = "先找到这个数再回来：看本单位的财务报表，或者问会计。", PICK = "拿不准就选最像的那一个，也可以先退出，问处室。";
  var MANY = { "万": 1e4, "亿": 1e8, "千": 1e3, "百": 1e2, "十万": 1e5, "百万": 1e6, "千万": 1e7, "万亿": 1e12 }, UNITS = { "十": 10, "百": 100, "千": 1000 };
  var DIGITS = { "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9 };

  function fold(text) { return text.normalize("NFKC").toLowerCase(); }
  function bare(text) { return (fold(text).match(RUN) || []).join(""); }
  function list(value) { return value || []; } function has(text, words) { return words.some(function (w) { return text.indexOf(w) >= 0; }); }

  /* --- words --------------------------------------------------------------------------------- */
  function any(words) {
    var ordered = Array.from(new Set(words)).sort(function (a, b) { return b.length - a.length || (a < b ? -1 : a > b ? 1 : 0); });
    var source = ordered.map(function (w) { return w.replace(/[.*+?^${}()|[\]\\\/-]/g, "\\$&"); }).join("|");
    return new RegExp(source || "(?!)", "g");
  }
  function slack(syllable) { return syllable.replace(/^([zcs])h/, "$1").replace(/(ing|eng|ang)$/, function (end) { return end.slice(0, -1); }); }
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
  Reader.prototype.plain = function (text) { var first = this.first; return fold(text).replace(this.variants, function (word) { return first.get(word); }); };
  Reader.prototype.bare = function (plain) { var soft = this.soft; return Array.from(plain.replace(this.phrases, " ")).filter(function (c) { return !soft.has(c); }).join(""); };
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
  Reader.prototype.sound = function (pair) { var one = this.sounds.get(pair[0]), two = this.sounds.get(pair[1]); return one && two ? one + " " + two : ""; };
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
    var shares = new Map(), full = 0, known = 0, strange = false;
    reader.tokens(text).forEach(function (_, token) {
      var worth = index.worth.get(token);
      if (worth === undefined) {
        full += index.rarest * weight(token) * (reader.quiet.has(token) ? HUSH : 1.0);
        var slips = meant(token, index, reader);
        strange = strange || (!slips.length && token[0] >= "a" && token[0] <= "z");
        slips.forEach(function (pair) {
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
    return { shares: shares, full: full, known: known, strange: strange };
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
    return one.slice(at + 1) === other.slice(at + 1) || (one.slice(at, at + 2) === other.slice(at, at + 2).split("").reverse().join("") && one.slice(at + 2) === other.slice(at + 2));
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
  function groups(text, row) {
    row[0].split("|").forEach(function (word) { if (word) text = text.split(word).join(" "); });
    return row.slice(1).map(function (words) { return has(text, words.split("|")); });
  }
  function parted(item, said, tables, reader) {
    return list(tables.apart).some(function (row) {
      var asked = groups(said, row), told = asked.some(Boolean) && groups(reader.plain([item.title].concat(list(item.ask)).join(" ")), row);
      return told && told.some(Boolean) && !told.some(function (there, n) { return there && asked[n]; });
    });
  }
  function about(said, tables, reader) { return list(tables.ours).some(function (row) { return row.every(function (word) { return said.indexOf(reader.plain(word)) >= 0; }); }); }

  /* --- times and regions ---------------------------------------------------------------------- */
  var NUM = "([0-9]{1,4}|十[一二]?|[一二两三四五六七八九])", YEAR = "(?:([0-9]{4}|2[1-9])年度?的?|(今年|本年|去年|上年|前年|明年|后年)度?的?)";
  var COMPARED = /(?:比|较)(?:去年|上年|上个?月|上个?季度|今年|[0-9]{4}年)(?:同期|同月)?|(?:去年|上年)(?:同期|同月)|[跟和与同](?:去年|上年|上个?月|上个?季度|今年|[0-9]{4}年)相?比/g;
  var SPAN = new RegExp(YEAR + "?(?:" + NUM + "月?份?(?:[-~～]|—{1,2}|–|至|到)" + NUM + "月份?|[前头]" + NUM + "个?月|([前头])?第?" + NUM + "个?季度" +
    "|(首季)度?|([上下])半年|(全年)|" + NUM + "月份?末?底?(?![0-9]{1,2}[日号])|q([1-4]))" +
    "|([0-9]{4})[-./]([0-9]{1,2})(?![0-9])|(这个|这|本|上个?|下个?)(月|季)份?度?末?|" + YEAR + "[末底]?", "g");
  var SPOKEN = { "两": 2, "十一": 11, "十二": 12 }, AGO = { "今年": 0, "本年": 0, "去年": 1, "上年": 1, "前年": 2, "明年": -1, "后年": -2 };
  "一二三四五六七八九十".split("").forEach(function (c, n) { SPOKEN[c] = n + 1; });
  var SO_FAR = { 3: "一季度", 6: "上半年", 9: "前三季度", 12: "全年" };
  function spanOf(text) { var m = /^(\d+)\.(\d+)-(\d+)$/.exec(text); return { year: +m[1], first: +m[2], last: +m[3] }; }
  function key(span) { return span.year + "." + span.first + "-" + span.last; }
  function end(span) { return span.year * 100 + span.last; } function number(text) { return SPOKEN[text] || +text; }
  function label(span) {
    var months; if (span.first === span.last) months = span.last + "月";
    else if (span.first < 2) months = span.first ? SO_FAR[span.last] || "1—" + span.last + "月" : "";
    else if (span.last % 3 === 0 && span.last - span.first === 2) months = "一二三四"[span.last / 3 - 1] + "季度";
    else months = span.first === 7 && span.last === 12 ? "下半年" : span.first + "—" + span.last + "月";
    return span.year + "年" + months;
  }
  var FIGURE = /多少|几个点|增速|增长|[涨跌升降快慢]|转正|转负|[能会]到|好不好|是几|预计|预测|估/, GUESS = /预计|预测|估|[能会]到|[能会]有|能不能完成|破/;
  var MADE = /怎么|为什么|什么时候|几号|哪|[报填算]|登记|入库|纳统|公布|发布|截止|区别|标准|要不要|多少钱/;
  function month(span) { return span.year + "-" + ("0" + span.last).slice(-2); }
  function pending(asked, text, day) {
    var said = fold(text), guess = GUESS.test(said);
    if (!FIGURE.test(said) || MADE.test(said)) return "";
    var open = asked.find(function (one) { return one.first || guess ? month(one) >= day.slice(0, 7) : one.year > +day.slice(0, 4); });
    return open ? label(open) : "";
  }
  function months(year, first, last) { return first >= 1 && first <= last && last <= 12 && year >= 1900 && year < 2100 ? { year: year, first: first, last: last } : null; }
  function whichMonths(m) {
    if (m[3]) return [number(m[3]), number(m[4])];
    if (m[5]) return [1, number(m[5])];
    if (m[7] || m[12] || m[8]) { var last = 3 * number(m[7] || m[12] || "1"); return [m[6] ? 1 : last - 2, last]; }
    if (m[9]) return m[9] === "上" ? [1, 6] : [7, 12];
    return m[10] ? [1, 12] : [number(m[11]), number(m[11])];
  }
  function span(m, day, told) {
    var now = +day.slice(0, 4), month = +day.slice(5, 7);
    if (m[13]) return months(+m[13], +m[14], +m[14]);
    if (m[15]) {
      var size = m[16] === "月" ? 1 : 3, step = { "上": -1, "下": 1 }[m[15][0]] || 0;
      var ordinal = Math.floor((now * 12 + month - 1) / size) + step, last = ordinal * size % 12 + size;
      return { year: Math.floor(ordinal * size / 12), first: last - size + 1, last: last };
    }
    var word = m[2] || m[18], value = +(m[1] || m[17] || 0), year = word ? now - AGO[word] : value > 0 && value < 100 ? value + 2000 : value;
    if (m[17] || m[18]) return { year: year, first: 0, last: 12 };
    var which = whichMonths(m), late = m[10] ? month < 7 : which[0] > month;
    return months(year || told || now - (late ? 1 : 0), which[0], which[1]);
  }
  function spans(text, day) {
    var found = [], left = fold(text).replace(COMPARED, " ").replace(SPAN, function (whole) {
      var one = span(arguments, day, found.length ? found[found.length - 1].year : 0);
      if (!one) return whole;
      if (!found.some(function (f) { return key(f) === key(one); })) found.push(one);
      return " ";
    });
    return { spans: found, left: left };
  }
  var OUTSIDE = "外", STRANGE = /^\s*([\u4e00-\u9fff]{1,3}[^上城超门股房楼菜集全本我各级门]市|[\u4e00-\u9fff]{1,3}[^全本我各]县)(?![场民值政辖级域委场])/;
  function Places(p) {
    var known = this.known = new Map();
    list(p.tables.outside).forEach(function (name) { ["", "市", "省"].forEach(function (end) { known.set(fold(name + end), { name: name, level: OUTSIDE, url: "" }); }); });
    list(p.places).forEach(function (row) {
      var cells = row.split(" "), place = { name: cells[2], level: cells[0], url: cells[1] === "-" ? "" : "indicators/regions/" + cells[1] + "/" };
      cells.slice(2).forEach(function (name) { known.set(fold(name), place); });
    });
    list(p.tables.around).forEach(function (row) {
      var alone = (row[0] === "国" || row[0] === "省") && Array.from(known.values()).find(function (one) { return one.level === row[0]; });
      var place = alone || { name: row[1], level: row[0], url: "", some: true };
      row.slice(1).forEach(function (name) { known.set(name, place); });
    });
    this.names = any(Array.from(known.keys()));
  }
  Places.prototype.level = function (name) { var place = this.known.get(fold(name)); return place ? place.level : ""; };
  Places.prototype.among = function (text) {
    var known = this.known, found = [];
    (text.match(this.names) || []).forEach(function (word) {
      var place = known.get(word);
      if (!found.some(function (one) { return one.name === place.name && one.level === place.level; })) found.push(place);
    });
    if (found.length) return { places: found, left: text.replace(this.names, " ") };
    var strange = STRANGE.exec(text);
    return strange ? { places: [{ name: strange[1], level: OUTSIDE, url: "" }], left: text.slice(strange[0].length) } : { places: [], left: text };
  };
  function readBeside(text, day, places) {
    var times = spans(text, day), where = places.among(times.left);
    var said = times.spans.map(label).concat(where.places.map(function (p) { return p.name; })).join(" ");
    return { spans: times.spans, places: where.places, left: where.left, said: said };
  }
  function nearest(hits, asked, places) {
    var named = hits.filter(function (h) { return asked.places.some(function (p) { return p.name === h.item.place; }); });
    var own = hits.filter(function (h) { return places.level(h.item.place || "") !== "国"; });
    return named.length ? named : own.length ? own : hits;
  }
  function short(title) { return title.replace(/是多少$/, ""); }
  function dated(iso) { return iso.replace(/(\d+)-0?(\d+)-0?(\d+)/, "$1年$2月$3日"); }
  function out(span, item, day) {
    var every = EVERY[item.every] || [1, ""];
    if (span.first && (span.last % every[0] || span.last - span.first + 1 < every[0])) return short(item.title) + every[1] + "一期，没有" + label(span) + "的。";
    if (day.slice(0, 7) > month(span) && (!item.due || day >= item.due)) return label(span) + "的数这里还没有，发布了没有，看“发布日历”。";
    return label(span) + "的数还没有发布" + (item.due && day < item.due ? "（下一期按日程" + dated(item.due) + "发布）" : "") + "。";
  }
  function when(item, asked, day) {
    var own = item.spans.map(spanOf), newest = Math.max.apply(null, own.map(end));
    var others = asked.filter(function (one) {
      return !own.some(function (s) {
        return key(s) === key(one) || (!one.first && one.year === s.year && (day.slice(0, 4) === String(s.year) || (s.first === 1 && s.last === 12)));
      });
    });
    if (!others.length) return { text: "", links: [] };
    var late = others.find(function (one) { return end(one) > newest; }), told = others.map(label).join("、");
    if (late) return { text: out(late, item, day) + (item.answer.indexOf(OLD) === 0 ? "" : "最新的一期：") + item.answer, early: true, links: [] };
    var latest = label(own.find(function (s) { return end(s) === newest; })), same = others.every(function (one) { return end(one) === newest; });
    if (same) return { text: "您问的是" + told + "，这里是" + latest + "的数。", links: [] };
    return { text: "您问的是" + told + "，这里只有最新的" + latest + "。", links: item.url ? [[short(item.title) + "以前各期", item.url]] : [] };
  }
  function where(item, asked, places) {
    var others = asked.filter(function (p) { return p.name !== item.place; }), told = others.map(function (p) { return p.name; }).join("、");
    if (!others.length) return { text: "", links: [] };
    function below(p) { return (item.below || "").indexOf(p.level) >= 0; }
    var own = places.level(item.place || "") === "省" ? "全省（" + item.place + "）" : item.place || "";
    var inside = others.filter(function (p) { return [OUTSIDE, "国", "省"].indexOf(p.level) < 0; });
    var links = inside.filter(function (p) { return p.url && below(p); }).map(function (p) { return [p.name + "各项指标", p.url]; });
    if (!links.length && inside.some(function (p) { return below(p) && p.some; })) links = [REGIONS];
    return { text: "您问的是" + told + "，" + (links.length ? "" : "这里没有" + told + "的这个数，") + "下面是" + own + "的数。", links: links };
  }

  /* --- rules --------------------------------------------------------------------------------- */
  function rules(refusals, reader) {
    function words(row) { return row.map(function (word) { return reader.plain(word); }); }
    return list(refusals).map(function (rule) { return Object.assign({}, rule, { when: list(rule.when).map(words), unless: words(list(rule.unless)) }); });
  }
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
  var CODE = /(?:^|[^a-z0-9.])((?:[a-z]{1,3}[0-9]{3}(?:-[0-9]+)?|[0-9]{2,4}(?:-[0-9])?))(?![a-z0-9]|\.[0-9])/g;
  var FORM = /(?:^|[^a-z0-9.\-])(?:([a-z]{1,3}[0-9]{3}(?:-[0-9]+)?|[0-9]{3}-[0-9])(?![a-z0-9\-]|\.[0-9])|([0-9]{3}) ?表)/;
  var TRADE = /(?:^|[^0-9a-z.\-])([a-t]?)([0-9]{2,4})(?![0-9a-z%]|[-.][0-9]|[年月日号版位个家元万亿人户条])/;
  function code(text) { return fold(text).replace(/表$/, "").replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g, ""); }
  function forms(text, p) {
    var codes = new Set(), found = new Set();
    fold(text).replace(CODE, function (_, said) { codes.add(said); });
    codes.forEach(function (said) { list(p.items).forEach(function (item) { if (list(item.codes).map(code).indexOf(said) >= 0) found.add(item); }); });
    return Array.from(found);
  }
  function trade(text, p) {
    var said = fold(text), found = /gb/.test(said) ? null : TRADE.exec(said), book = p.codebook && list(p.items).find(function (i) { return i.id === p.codebook; });
    if (!book || !found || !(/行业|小类|中类|大类|门类|产业代码/.test(said) || /^[a-t]?[0-9]{4}$/.test(said))) return null;
    var first = found[2].slice(0, 2), row = list(p.trades).find(function (r) { return r.slice(0, 2) === first; }), broad = row && row.slice(2);
    if (!row) return { book: book, note: "行业大类里没有 " + first + " 开头的代码，请核对 " + found[2] + "。" };
    if (found[2].length === 2) return { book: book, note: found[2] + " 是大类“" + broad + "”。下面的中类、小类在代码表里查。" };
    return { book: book, note: found[2] + " 在大类“" + first + " " + broad + "”里，名称在代码表里按代码查。" };
  }
  function spoken(text) {
    var total = 0, digit = 0;
    Array.from(text).forEach(function (c) { if (c in DIGITS) digit = DIGITS[c]; else { total += (digit || 1) * UNITS[c]; digit = 0; } });
    return total + digit;
  }
  var NUMBER = /(-?[0-9]+(?:\.[0-9]+)?)个?(千万|百万|十万|万亿|亿|万|千|百)?(元)?/, MORE = /(?:多|余|来)(?=个?[千百十万亿])/g;
  var BESIDE = [/(?:19|20)[0-9]{2}年度?/g, /[0-9]+个?月份?/g, /[0-9]+(?:个|名|多)?人/g], EXACT = "请写一个确切的数。";
  var VAGUE = /不到|不足|以下|不满|差一点|差点|[0-9万亿][\-~～—–至到][0-9一二三四五六七八九两]|几[千百十万亿]|[接将]近|近(?=[0-9一二三四五六七八九十两])|半(?!导)|亏|[美日港欧]元|美金|英镑|外币/, MIN = /至少|起码|最少|超过|多于|高于|大于|以上|不止|不少于|不低于/;
  var ASKS = /什么|怎么|哪|多少|[0-9]表|口径/, POINT = /([零〇一二两三四五六七八九十百千]+|[0-9]+)点([零〇一二两三四五六七八九]+|[0-9]+)(?=个?[百千万亿])/g;
  var NOT = ["没", "不", "未", "非", "没有", "不是", "不在", "没在", "未在"];
  function vague(text, unit) { return VAGUE.test(fold(text)) || new Set(figures(text, unit).match(new RegExp(NUMBER.source, "g")) || []).size > 1; }
  function figures(text, unit) {
    var said = fold(text).replace(/[, ]/g, "");
    BESIDE.slice(0, unit === "人" ? 2 : 3).forEach(function (beside) { said = said.replace(beside, ""); });
    said = said.replace(POINT, function (_, whole, part) { return (/[0-9]/.test(whole) ? whole : spoken(whole)) + "." + Array.from(part).map(function (c) { return c in DIGITS ? DIGITS[c] : c; }).join(""); });
    if (!/[0-9]/.test(said)) said = said.replace(/[零〇一二两三四五六七八九十百千]+(?=万|亿|$|[^零〇一二两三四五六七八九十百千])/g, function (m) { return String(spoken(m)); });
    return said.replace(MORE, "");
  }
  function amount(text, unit) {
    var found = NUMBER.exec(figures(text, unit)), value = found && parseFloat(found[1]), own = MANY[(unit || "")[0]] || 1;
    if (!found) return null;
    if (own > 1 && !found[3] && (found[2] === "千" || found[2] === "百")) return value * MANY[found[2]];
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
    if (list(step.bounds).length && !ASKS.test(fold(text))) {
      var value = amount(text, step.unit);
      var bound = value !== null && !vague(text, step.unit) && step.bounds.find(function (b) { return b.least === undefined || value >= b.least; });
      if (bound) return bound.to !== step.bounds[0].to && MIN.test(fold(text)) ? "" : bound.to;
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
    var me = this, talks = this.talks = new Map(), names = this.names = new Map(), numbers = this.numbers = new Map();
    list(p.talks).forEach(function (talk) { list(talk.ask).forEach(function (ask) { talks.set(bare(ask), talk); }); });
    var reader = this.reader = new Reader(p.tables), rows = this.rows = rowsOf(p), index = building(rows, reader);
    this.package = p; this.refusals = rules(p.refusals, reader);
    var places = this.places = new Places(p), items = list(p.items), far = items.map(function (i) { return places.level(i.place || "") === "国"; });
    var order = items.filter(function (_, n) { return !far[n]; }).concat(items.filter(function (_, n) { return far[n]; }));
    function name(item, said) {
      said.forEach(function (text) {
        var one = reader.name(text);
        if (!names.has(one)) names.set(one, item);
        if (!list(item.spans).length) return;
        if (!numbers.has(one)) numbers.set(one, []);
        if (numbers.get(one).indexOf(item) < 0) numbers.get(one).push(item);
      });
    }
    return rows.map(function (row, number) { return function () { index.add(row, number); }; }).concat(
      function () { me.index = index.done(); },
      order.map(function (item) { return function () { name(item, [item.title]); }; }),
      order.map(function (item) { return function () { name(item, list(item.ask)); }; }));
  };
  function holds(row, day) { return (!row.start || row.start <= day) && (!row.to || day <= row.to); }
  function reply(kind, more) { return Object.assign({ kind: kind, say: "", hits: [], choices: [], links: [], url: "", state: {}, why: "", source: "", note: "" }, more); }

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
    text = Array.from(text.replace(BLANK, "")).slice(0, LONGEST).join("");
    if (!text) return reply("talk", { say: NOTHING, state: state });
    var next = state.flow && this.onward(text, state, day);
    if (next) return next;
    var rule = refused(text, this.refusals, this.reader);
    if (rule) return reply("refused", { say: rule.say, url: rule.url || "", why: "规则：" + rule.title });
    var talk = this.talks.get(bare(text)) || this.talks.get(bare(text).replace(ENDING, ""));
    if (talk) return reply("talk", { say: talk.say || "", state: state, why: "闲话" });
    var found = this.told(text, day, state);
    return (state.flow && this.unheard(text, state, day, found)) || found;
  };
  Robot.prototype.unheard = function (text, state, day, found) {
    var at = this.at(state, day), meant = Array.from(text).length <= SHORT && !ASKS.test(fold(text));
    if (!at || !meant || ["unsure", "elsewhere", "choice"].indexOf(found.kind) < 0) return null;
    return again(at.flow, at.step, UNHEARD + (list(at.step.bounds).length ? EXACT : PICK), "没有听懂");
  };
  Robot.prototype.at = function (state, day) {
    var flow = list(this.package.flows).find(function (f) { return f.id === state.flow; });
    var step = flow && holds(flow, day) && flow.steps.find(function (s) { return s.id === state.step || !state.step; });
    return step ? { flow: flow, step: step } : null;
  };
  function asks(asked) { return asked.spans.length || asked.places.length; }
  Robot.prototype.told = function (text, day, state) {
    var asked = readBeside(text, day, this.places), named = this.named(text, day);
    if (named && /#card$/.test(named.hits[0].item.id) && this.reader.plain(text).indexOf(DEFINED) < 0) named = this.number(asked, day, {}) || named; // “货运量” asks for the number
    var before = named && state.beside ? readBeside(state.beside, day, this.places) : asked;
    if (named) return this.noted(named, asks(before) ? before : asked, day);
    var found = asks(asked) || TAIL.test(text) ? this.number(asked, day, state) : null;
    if (found) return this.noted(found, asked, day);
    if (asks(asked) && !this.reader.name(asked.left).replace(/^[那呢]+|[那呢]+$/g, "")) return reply("unsure", { say: WHICH, state: state, why: "只有时间或者地区" });
    var exact = this.exact(text, day), said = exact || this.noted(this.found(text, day, state, asked), asked, day);
    if (exact) return exact;
    var open = ["answer", "choice", "unsure"].indexOf(said.kind) >= 0 ? pending(asked.spans, text, day) : "";
    if (!open || (said.kind === "answer" && said.hits.length && list(said.hits[0].item.spans).length)) return said;
    return reply("refused", { say: open + PENDING, state: state, why: "还没有过完" });
  };
  Robot.prototype.noted = function (said, asked, day) {
    var item = said.hits.length && said.hits[0].item, counted = said.hits.some(function (h) { return list(h.item.spans).length; });
    if (asks(asked) && said.kind === "choice" && counted) return Object.assign(said, { state: Object.assign({}, said.state, { beside: asked.said }) });
    if (!asks(asked) || said.kind !== "answer" || !list(item.spans).length) return said;
    var time = when(item, asked.spans, day), place = where(item, asked.places, this.places);
    if (time.early) return reply("refused", { say: time.text, url: item.url || "", source: item.source || "", state: said.state, why: "没有这一期，" + said.why });
    return Object.assign(said, { note: time.text + place.text, links: said.links.concat(time.links, place.links) });
  };
  Robot.prototype.number = function (asked, day, state) {
    var places = this.places, name = this.reader.name(asked.left), found = this.numbers.get(name) || this.numbers.get(name.replace(TAIL, "") + "是多少");
    if (!name.replace(/^[那呢]+|[那呢]+$/g, "") && state.last) found = list(this.package.items).filter(function (i) { return i.id === state.last && list(i.spans).length; });
    var held = list(found).filter(function (item) { return holds(item, day); });
    if (!held.length) return null;
    return exactly(nearest(held.map(function (item) { return { item: item }; }), asked, places)[0].item);
  };
  function exactly(item) { return reply("answer", { hits: [{ item: item, score: 1.0 }], state: { last: item.id }, why: "问法相同" }); }
  Robot.prototype.named = function (text, day) { var item = this.names.get(this.reader.name(text)); return item && holds(item, day) ? exactly(item) : null; };
  Robot.prototype.exact = function (text, day) {
    var found = forms(text, this.package).filter(function (item) { return holds(item, day); });
    if (found.length) {
      var hits = found.slice(0, OFFERED).map(function (item) { return { item: item, score: 1.0 }; });
      return reply(found.length === 1 ? "answer" : "choice", { hits: hits, state: { last: found[0].id }, why: "代码相符" });
    }
    var industry = trade(text, this.package), form = FORM.exec(fold(text));
    if (industry && holds(industry.book, day)) return reply("answer", { hits: [{ item: industry.book, score: 1.0 }], state: { last: industry.book.id }, note: industry.note, why: "行业代码" });
    if (!form) return null;
    return reply("unsure", { say: "没有收录 " + (form[1] || form[2]).toUpperCase() + " 表，不拿别的表来答。表号以报表制度为准。" + (this.package.handover || ""), why: "没有这个表号" });
  };
  Robot.prototype.before = function (text, state) {
    var goesOn = Array.from(text).length <= 12 && (FOLLOWING.some(function (w) { return text.indexOf(w) === 0; }) || /呢？?$/.test(text));
    if (!state.last || !goesOn) return "";
    return (list(this.package.items).find(function (i) { return i.id === state.last; }) || { title: "" }).title;
  };
  Robot.prototype.unsure = function (question, hits, state) { return reply("unsure", { say: UNSURE + (this.package.handover || ""), hits: hits, state: state, why: "认得 " + (question.known / (question.full || 1)).toFixed(2) }); };
  Robot.prototype.found = function (text, day, state, asked) {
    var said = this.likest(text, day, state);
    function counts(r) { return r.hits.length && list(r.hits[0].item.spans).length; }
    if (!asks(asked) || !(said.kind === "unsure" || said.kind === "elsewhere" || counts(said) || (said.kind === "refused" && asked.spans.length))) return said;
    var again = this.likest(asked.left, day, state);
    if ((again.kind !== "answer" && again.kind !== "choice") || !counts(again)) again = said;
    if (again.kind !== "choice" || !counts(again)) return again;
    var meant = nearest(again.hits.filter(function (h) { return list(h.item.spans).length; }), asked, this.places);
    return Object.assign(again, { kind: meant.length === 1 ? "answer" : "choice", hits: meant, state: { last: meant[0].item.id } });
  };
  Robot.prototype.fair = function (text, fits) {
    var rows = this.rows, talks = this.package.talks, free = excused(text, this.refusals, this.reader);
    return fits.filter(function (f) {
      var part = rows[f.row].part, n = rows[f.row].number;
      return part === "refusals" ? f.score >= ALIKE && !free.has(n) : part !== "talks" || f.score >= CHAT || talks[n].kind === "other";
    });
  };
  Robot.prototype.again = function (hit, text, day, state) {
    if (hit.item.id !== state.last || !this.before(text, state)) return false;
    var rows = this.rows, items = this.package.items, looked = this.fits(text, day);
    var own = looked.fits.find(function (f) { return rows[f.row].part === "items" && items[rows[f.row].number].id === state.last; });
    return !own || own.mass < REPEAT * looked.question.known;
  };
  Robot.prototype.likest = function (text, day, state) {
    var me = this, p = this.package, looked = this.fits(text, day, this.before(text, state)), fits = this.fair(text, looked.fits);
    if (!fits.length) return this.unsure(looked.question, [], state);
    var row = this.rows[fits[0].row], one = p[row.part][row.number];
    function why(what, fit) { return what + "，分 " + (fit || fits[0]).score.toFixed(3); }
    if (row.part === "talks") return reply("talk", { say: one.say || "", state: state, why: why("闲话") });
    if (row.part === "refusals") return reply("refused", { say: one.say || "", url: one.url || "", why: why(one.title) });
    var hits = fits.filter(function (f) { return me.rows[f.row].part === "items"; }).map(function (f) {
      return { item: p.items[me.rows[f.row].number], score: f.score };
    });
    var own = ours(fits, this.rows);
    if (row.part === "items" && this.again(hits[0], text, day, state)) return this.unsure(looked.question, hits.slice(1, OFFERED + 1), state);
    if (!own || !this.sure(own, looked.fits, text, looked.question)) {
      if (row.part !== "elsewhere" || fits[0].score < AWAY || this.reader.name(text).length < 2 || about(this.reader.plain(text), p.tables, this.reader)) return this.unsure(looked.question, hits.slice(0, OFFERED), state);
      return reply("elsewhere", { say: one.who || "", state: state, why: why(one.topic) });
    }
    var first = this.rows[own.row];
    if (first.part === "flows") return step(p.flows[first.number], p.flows[first.number].steps[0]);
    var close = hits.slice(0, OFFERED).filter(function (h) { return h.score >= CLOSE * hits[0].score; });
    return reply(close.length > 1 ? "choice" : "answer", { hits: close.length > 1 ? close : hits.slice(0, 1), state: { last: hits[0].item.id }, why: why(hits[0].item.id, own) });
  };
  Robot.prototype.sure = function (fit, fits, text, question) {
    var rows = this.rows, row = rows[fit.row];
    if (question.strange || (row.part === "items" && parted(this.package.items[row.number], this.reader.plain(text), this.package.tables, this.reader))) return false;
    var delicate = fits.find(function (f) { return rows[f.row].part === "refusals"; });
    if ((delicate ? delicate.score : 0.0) >= DELICATE * fit.score) return false;
    var other = fits.find(function (f) { return rows[f.row].part === "elsewhere"; });
    return SCORE * fit.score + MASS * Math.min(fit.mass, ENOUGH) - ELSEWHERE * (other ? other.score : 0.0) - LEAST >= 0;
  };
  Robot.prototype.onward = function (text, state, day) {
    var at = this.at(state, day), said = bare(text);
    if (!at) return null;
    var flow = at.flow, now = at.step;
    if (LEAVE.test(said)) return reply("talk", { say: "好，先到这里。有问题再问我。", state: { last: state.last || "" } });
    if (BACK.test(said)) return step(flow, flow.steps[0]);
    var name = chosen(text, now, this.reader);
    if (!name && LOST.test(said)) return again(flow, now, list(now.bounds).length ? SEEK : PICK, "不知道");
    if (!name && list(now.bounds).length && !ASKS.test(fold(text)) && (vague(text, now.unit) || amount(text, now.unit) !== null)) return again(flow, now, EXACT, "数不确切");
    var after = name && flow.steps.find(function (s) { return s.id === name; });
    return after ? step(flow, after) : null;
  };
  function again(flow, one, lead, why) { return Object.assign(step(flow, Object.assign({}, one, { say: lead + one.say })), { why: why }); }
  function step(flow, one) {
    var on = list(one.choices).length || list(one.bounds).length;
    return reply("step", {
      say: one.say, choices: list(one.choices).map(function (c) { return c.text; }), links: list(one.links), source: one.source || "",
      state: on ? { flow: flow.id, step: one.id } : {}, why: "流程：" + flow.title
    });
  }

  var made = { Robot: Robot, FORMAT: FORMAT, amount: amount, near: near, spans: function (text, day) { return spans(text, day).spans.map(label); } };
  if (typeof module !== "undefined") module.exports = made; else win.wkRobot = made;
})(typeof window !== "undefined" ? window : this);
