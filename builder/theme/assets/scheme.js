/* Runs in <head>, before paint: colour scheme, text size, the globals that
   Material's bundle expects, and a hold on the search index until it is wanted.
   Base address: the data-base attribute of this script's own element. */
(function (win, doc) {
  "use strict";
  var root = doc.documentElement, me = doc.currentScript;

  /* Globals of the theme's bundle (inline scripts there; a file here). */
  var scope = win.__md_scope = new URL((me && me.getAttribute("data-base")) || ".", location);
  win.__md_hash = function (text) {
    return Array.from(text).reduce(function (sum, c) { return (sum << 5) - sum + c.charCodeAt(0); }, 0);
  };
  win.__md_get = function (key, store, at) {
    try { return JSON.parse((store || localStorage).getItem((at || scope).pathname + "." + key)); } catch (e) { return null; }
  };
  win.__md_set = function (key, value, store, at) {
    try { (store || localStorage).setItem((at || scope).pathname + "." + key, JSON.stringify(value)); } catch (e) { /* no storage */ }
  };

  /* Reader's choices. */
  var schemes = ["default", "slate", "contrast"], sizes = ["", "large", "larger"];
  function kept(name) { try { return localStorage.getItem("wk-" + name); } catch (e) { return null; } }
  function keep(name, value) { try { localStorage.setItem("wk-" + name, value); } catch (e) { /* no storage */ } }
  function known(list, value, spare) { return list.indexOf(value) < 0 ? spare : value; }
  var dark = win.matchMedia && matchMedia("(prefers-color-scheme: dark)").matches;
  var more = win.matchMedia && matchMedia("(prefers-contrast: more)").matches;
  var look = win.wkLook = {
    scheme: known(schemes, kept("scheme"), more ? "contrast" : dark ? "slate" : "default"),
    size: known(sizes, kept("text"), ""),
    next: function (what) {
      if (what === "size") { look.size = sizes[(sizes.indexOf(look.size) + 1) % 3]; keep("text", look.size); }
      else { look.scheme = schemes[(schemes.indexOf(look.scheme) + 1) % 3]; keep("scheme", look.scheme); }
      look.show();
    },
    show: function () {
      root.setAttribute("data-md-color-scheme", look.scheme);
      if (look.size) root.setAttribute("data-text", look.size); else root.removeAttribute("data-text");
    }
  };
  root.classList.add("has-js");
  look.show();

  /* Small helpers for weike.js and page.js. */
  var wk = win.wk = {
    all: function (selector, within) { return Array.prototype.slice.call((within || doc).querySelectorAll(selector)); },
    one: function (selector, within) { return (within || doc).querySelector(selector); },
    at: function (el, name) { return el.getAttribute(name); },
    say: function (text) { var box = wk.one("#wk-say"); if (box) box.textContent = text; },
    iso: function (day) { return day.getFullYear() + "-" + ("0" + (day.getMonth() + 1)).slice(-2) + "-" + ("0" + day.getDate()).slice(-2); },
    run: function (parts) {
      function go() { parts.forEach(function (part) { try { part(); } catch (e) { if (win.console) console.error(e); } }); }
      if (doc.readyState === "loading") doc.addEventListener("DOMContentLoaded", go); else go();
    }
  };

  /* The bundle starts its search worker and fetches the whole index at once.
     Most visits never search, so both wait until a search box is touched. */
  var waiting = [], wanted = false;
  win.wkWantSearch = function () {
    wanted = true;
    waiting.splice(0).forEach(function (go) { go(); });
  };
  var Real = win.Worker, proto = win.XMLHttpRequest && XMLHttpRequest.prototype;
  if (Real && proto) {
    win.Worker = function (url, options) {
      if (wanted || String(url).indexOf("search") < 0) return options ? new Real(url, options) : new Real(url);
      var real = null, queue = [], heard = [], that = {
        postMessage: function (data) { if (real) real.postMessage(data); else queue.push(data); },
        addEventListener: function (type, fn) { heard.push([type, fn]); if (real) real.addEventListener(type, fn); },
        removeEventListener: function (type, fn) {
          heard = heard.filter(function (h) { return h[1] !== fn; });
          if (real) real.removeEventListener(type, fn);
        },
        terminate: function () { if (real) real.terminate(); }
      };
      waiting.push(function () {
        real = new Real(url);
        heard.forEach(function (h) { real.addEventListener(h[0], h[1]); });
        queue.splice(0).forEach(function (data) { real.postMessage(data); });
      });
      return that;
    };
    var open = proto.open, send = proto.send;
    proto.open = function (method, url) { this.wkUrl = String(url); return open.apply(this, arguments); };
    proto.send = function (body) {
      var request = this;
      if (!wanted && /\/search_index\.json$/.test(request.wkUrl)) waiting.push(function () { send.call(request, body); });
      else send.call(request, body);
    };
  }
})(window, document);
