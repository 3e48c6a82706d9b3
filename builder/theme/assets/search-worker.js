/* Search over character pairs, behind the theme's search dialog.
   Speaks the theme's worker protocol: 0 set-up, 1 ready, 2 query, 3 result. */
"use strict";
var RUN = /[\u3400-\u9fff\uf900-\ufaff]+|[a-z0-9]+(?:[.\-\/][a-z0-9]+)*/g;
var index = null, base = "", waiting = null;

function fold(text) { return text.normalize("NFKC").toLowerCase(); }

function tokens(text) {
  var found = [];
  (fold(text).match(RUN) || []).forEach(function (run) {
    if (run < "\u3400") {
      found.push(run);
      run.split(/[.\-\/]/).forEach(function (part) { if (part !== run) found.push(part); });
    } else if (run.length === 1) found.push(run);
    else for (var i = 0; i < run.length - 1; i++) found.push(run.slice(i, i + 2));
  });
  return found;
}

function postings(token) {
  var list = index.grams[token], found = new Map();
  if (list) {
    list.slice(0, -1).split(",").forEach(function (item) {
      found.set(parseInt(item, 10), item.charCodeAt(item.length - 1) - 96);
    });
  } else if (token < "\u3400" && token.length > 1) {
    Object.keys(index.grams).forEach(function (key) { if (key.indexOf(token) === 0) merge(found, postings(key)); });
  } else if (token.length === 1) {
    Object.keys(index.grams).forEach(function (key) { if (key.indexOf(token) >= 0) merge(found, postings(key)); });
  }
  return found;
}

function merge(into, from) {
  from.forEach(function (weight, doc) { into.set(doc, Math.max(weight, into.get(doc) || 0)); });
}

/* A page must hold most of the pairs asked for; whole phrases and titles come first. */
function search(text, limit) {
  var asked = Array.from(new Set(tokens(text))), total = index.docs.length, scores = new Map(), hits = new Map();
  asked.forEach(function (token) {
    var list = postings(token), rare = Math.log(1 + total / (1 + list.size));
    list.forEach(function (weight, doc) {
      scores.set(doc, (scores.get(doc) || 0) + rare * (1 + Math.log(weight)));
      hits.set(doc, (hits.get(doc) || 0) + 1);
    });
  });
  var phrase = fold(text).replace(/[\s，。？！、,?!]+/g, ""), need = Math.max(1, Math.ceil(asked.length * (asked.length > 4 ? 0.5 : 0.75)));
  return Array.from(scores.keys()).filter(function (doc) { return hits.get(doc) >= need; }).map(function (doc) {
    var row = index.docs[doc], score = scores.get(doc) * hits.get(doc) / asked.length;
    if (phrase.length > 1) {
      if (fold(row[1]).indexOf(phrase) >= 0) score *= 3;
      else if (fold(row[3]).indexOf(phrase) >= 0) score *= 2;
      else if (fold(row[4]).indexOf(phrase) >= 0) score *= 1.5;
    }
    return { doc: doc, score: score, all: hits.get(doc) === asked.length };
  }).sort(function (a, b) { return b.all - a.all || b.score - a.score || a.doc - b.doc; }).slice(0, limit || 40);
}

function escape(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/* Mark what was asked for: the longest runs of asked pairs. */
function mark(text, asked) {
  if (!asked.length) return escape(text);
  var folded = fold(text);
  if (folded.length !== text.length) return escape(text);
  var on = new Uint8Array(text.length);
  asked.forEach(function (token) {
    for (var at = folded.indexOf(token); at >= 0; at = folded.indexOf(token, at + 1)) on.fill(1, at, at + token.length);
  });
  var out = "";
  for (var i = 0; i < text.length;) {
    var j = i;
    while (j < text.length && on[j] === on[i]) j++;
    out += on[i] ? "<mark>" + escape(text.slice(i, j)) + "</mark>" : escape(text.slice(i, j));
    i = j;
  }
  return out;
}

function teaser(row, asked) {
  var lead = row[3], text = row[4], folded = fold(text), at = -1;
  if (asked.some(function (t) { return fold(lead).indexOf(t) >= 0; })) return mark(lead, asked);
  asked.some(function (t) { at = folded.indexOf(t); return at >= 0; });
  if (at < 0) return escape(lead || text.slice(0, 80));
  var start = Math.max(0, at - 20);
  return (start ? "…" : "") + mark(text.slice(start, start + 90), asked) + "…";
}

function results(text) {
  var asked = Array.from(new Set(tokens(text)));
  return search(text).map(function (hit) {
    var row = index.docs[hit.doc];
    return [{ location: row[0], title: mark(row[1], asked), text: "<p>" + escape(row[2]) + "　" + teaser(row, asked) + "</p>", score: hit.score, terms: {} }];
  });
}

function answer(text) {
  postMessage({ type: 3, data: { items: text.trim() ? results(text) : [] } });
}

if (typeof self !== "undefined" && typeof importScripts === "function") {
  self.addEventListener("message", function (event) {
    var message = event.data;
    if (message.type === 2) {
      if (index) answer(message.data); else waiting = message.data;
    } else if (message.type === 0) {
      base = self.location.href.replace(/assets\/weike\/[^\/]*$/, "");
      fetch(base + "search/index.json").then(function (reply) { return reply.json(); }).then(function (data) {
        index = data;
        postMessage({ type: 1 });
        if (waiting !== null) answer(waiting);
        waiting = null;
      });
    }
  });
}
if (typeof module !== "undefined") module.exports = { tokens: tokens, fold: fold, search: function (data, text) { index = data; return search(text); } };
