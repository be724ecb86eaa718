/** Script of the backtest page: draws a chart when it is scrolled to, sorts and filters. It asks nothing of the network. */
export const PAGE_SCRIPT = `
"use strict";
(function () {
  var NS = "http://www.w3.org/2000/svg", H = 180, LEFT = 54, RIGHT = 10, TOP = 8, BOTTOM = 34;
  var cards = Array.prototype.slice.call(document.querySelectorAll("section"));
  var byIndex = new Map(cards.map(function (card) { return [card.dataset.i, card]; }));

  function unpack(text, y0, y1) {
    var raw = atob(text), out = new Float64Array(raw.length / 2);
    for (var i = 0; i < out.length; i += 1) {
      var v = raw.charCodeAt(2 * i) + 256 * raw.charCodeAt(2 * i + 1);
      out[i] = v === 65535 ? NaN : y0 + (v / 65000) * (y1 - y0);
    }
    return out;
  }
  function node(name, attributes, parent, text) {
    var made = document.createElementNS(NS, name);
    for (var key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.textContent = text;
    parent.appendChild(made);
    return made;
  }
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function day(t) { var d = new Date(t * 1000); return d.getUTCFullYear() + "-" + two(d.getUTCMonth() + 1) + "-" + two(d.getUTCDate()); }
  function clock(t) { var d = new Date(t * 1000); return two(d.getUTCHours()) + ":" + two(d.getUTCMinutes()); }
  function number(v) {
    var size = Math.abs(v), prefix = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]];
    for (var i = 0; i < prefix.length; i += 1) {
      var unit = prefix[i][1] === "k" ? 1e3 : prefix[i][0];
      if (size >= prefix[i][0]) return String(+(v / unit).toPrecision(3)) + " " + prefix[i][1];
    }
    return String(+v.toPrecision(size >= 1000 ? 4 : 3));
  }
  function steps(low, high, most) {
    var rough = (high - low) / most, power = Math.pow(10, Math.floor(Math.log10(rough))), share = rough / power;
    var step = (share > 5 ? 10 : share > 2 ? 5 : share > 1 ? 2 : 1) * power, out = [];
    for (var v = Math.ceil(low / step) * step; v <= high + step * 1e-9; v += step) out.push(Math.abs(v) < step * 1e-9 ? 0 : v);
    return out;
  }
  var TIMES = [300, 900, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000];

  function draw(card) {
    var box = card.querySelector(".chart"), source = document.getElementById("d" + card.dataset.i);
    if (!box || !source) return;
    box.textContent = "";
    var d = JSON.parse(source.textContent), width = Math.max(200, box.clientWidth);
    var plot = d.n > 0, inner = width - LEFT - RIGHT, floor = H - BOTTOM;
    var svg = node("svg", { viewBox: "0 0 " + width + " " + H, role: "img", "aria-label": card.querySelector("h3").textContent }, box);
    function x(t) { return LEFT + Math.min(1, Math.max(0, (t - d.s) / (d.e - d.s))) * inner; }
    function spans(list, attributes) {
      for (var i = 0; i < list.length; i += 2) {
        if (list[i + 1] <= d.s || list[i] >= d.e) continue;
        var from = x(list[i]), to = Math.max(from + 1.5, x(list[i + 1]));
        node("rect", Object.assign({ x: from.toFixed(1), width: (to - from).toFixed(1) }, attributes), svg);
      }
    }
    spans(d.inc, { y: TOP, height: floor - TOP, class: "happened" });
    spans(d.al, { y: TOP, height: floor - TOP, class: "fired" });
    var lo, hi;
    if (plot) {
      lo = unpack(d.lo, d.y0, d.y1);
      hi = d.hi ? unpack(d.hi, d.y0, d.y1) : lo;
      var bottom = d.y0, top = d.y1;
      if (d.t !== undefined) { bottom = Math.min(bottom, d.t); top = Math.max(top, d.t); }
      if (bottom > 0 && bottom < 0.4 * top) bottom = 0;
      if (top === bottom) { top += 1; bottom -= bottom === 0 ? 0 : 1; }
      var pad = (top - bottom) * 0.06;
      top += pad;
      if (bottom !== 0) bottom -= pad;
      var y = function (v) { return floor - ((v - bottom) / (top - bottom)) * (floor - TOP); };
      steps(bottom, top, 4).forEach(function (v) {
        var at = y(v).toFixed(1);
        node("line", { x1: LEFT, x2: width - RIGHT, y1: at, y2: at, class: "grid" }, svg);
        node("text", { x: LEFT - 6, y: +at + 4, "text-anchor": "end" }, svg, number(v));
      });
      var column = inner / d.n;
      var shape = function (low, high, name) {
        var up = [], down = [];
        function close() {
          if (up.length === 1) { up.push((parseFloat(up[0]) + Math.max(1, column)).toFixed(1) + "," + up[0].split(",")[1]); }
          if (up.length > 0) node("path", { d: "M" + up.concat(down.reverse()).join("L") + "Z", class: name }, svg);
          up = []; down = [];
        }
        var gap = 0;
        for (var i = 0; i < d.n; i += 1) {
          if (isNaN(low[i])) { gap += 1; if (gap > 2) close(); continue; }
          gap = 0;
          var at = (LEFT + (i + 0.5) * column).toFixed(1);
          up.push(at + "," + y(high[i]).toFixed(1));
          down.push(at + "," + y(low[i]).toFixed(1));
        }
        close();
      };
      if (d.bl) shape(unpack(d.bl, d.y0, d.y1), unpack(d.bu, d.y0, d.y1), "bandarea");
      shape(lo, hi, "area");
      if (d.t !== undefined) {
        var level = y(d.t).toFixed(1), above = +level > TOP + 16;
        node("line", { x1: LEFT, x2: width - RIGHT, y1: level, y2: level, class: "threshold" }, svg);
        node("text", { x: width - RIGHT - 2, y: above ? +level - 4 : +level + 13, "text-anchor": "end", class: "thresholdtext" }, svg, number(d.t));
      }
    }
    var strip = floor + 3;
    node("rect", { x: LEFT, y: strip, width: inner, height: 6, class: "strip-ok" }, svg);
    spans(d.gap, { y: strip, height: 6, class: "strip-gap" });
    spans(d.al, { y: strip, height: 6, class: "strip-alarm" });
    spans(d.inc, { y: TOP - 4, height: 3, class: "strip-incident" });
    var every = TIMES.find(function (s) { return (d.e - d.s) / s <= Math.max(2, inner / 95); }) || 31536000;
    for (var t = Math.ceil(d.s / every) * every; t < d.e; t += every) {
      var label = every < 86400 && t % 86400 !== 0 ? clock(t) : every < 31536000 ? day(t).slice(5) : day(t);
      node("line", { x1: x(t).toFixed(1), x2: x(t).toFixed(1), y1: strip + 6, y2: strip + 10, class: "grid" }, svg);
      node("text", { x: x(t).toFixed(1), y: H - 8, "text-anchor": x(t) > width - 40 ? "end" : x(t) < LEFT + 16 ? "start" : "middle" }, svg, label);
    }
    var cursor = node("line", { y1: TOP, y2: strip + 6, x1: 0, x2: 0, class: "cursor", visibility: "hidden" }, svg);
    var tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    box.appendChild(tip);
    function within(list, at) { for (var i = 0; i < list.length; i += 2) if (at >= list[i] && at < list[i + 1]) return true; return false; }
    box.onpointermove = function (event) {
      var at = event.clientX - box.getBoundingClientRect().left, share = (at - LEFT) / inner;
      if (share < 0 || share > 1) { box.onpointerleave(); return; }
      var time = d.s + share * (d.e - d.s), said = day(time) + " " + clock(time);
      if (plot) {
        var i = Math.min(d.n - 1, Math.floor(share * d.n));
        said += isNaN(lo[i]) ? " \\u00b7 no points" : " \\u00b7 " + number(lo[i]) + (hi[i] - lo[i] > (d.y1 - d.y0) / 5000 ? " to " + number(hi[i]) : "");
      }
      said += within(d.al, time) ? " \\u00b7 ALARM" : within(d.gap, time) ? " \\u00b7 INSUFFICIENT_DATA" : " \\u00b7 OK";
      if (within(d.inc, time)) said += " \\u00b7 known incident";
      tip.textContent = said;
      tip.hidden = false;
      tip.style.left = Math.min(at + 10, width - tip.offsetWidth - 4) + "px";
      cursor.setAttribute("x1", at); cursor.setAttribute("x2", at);
      cursor.setAttribute("visibility", "visible");
    };
    box.onpointerleave = function () { tip.hidden = true; cursor.setAttribute("visibility", "hidden"); };
  }

  var visible = new Set();
  var watcher = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting) { if (!visible.has(entry.target)) { visible.add(entry.target); draw(entry.target); } }
      else if (visible.delete(entry.target)) { var box = entry.target.querySelector(".chart"); if (box) box.textContent = ""; }
    });
  }, { rootMargin: "600px 0px" });
  cards.slice(0, 3).forEach(function (card) { visible.add(card); draw(card); });
  cards.forEach(function (card) { watcher.observe(card); });
  var redraw;
  window.addEventListener("resize", function () {
    clearTimeout(redraw);
    redraw = setTimeout(function () { visible.forEach(draw); }, 120);
  });
  window.addEventListener("beforeprint", function () { if (cards.length <= 200) cards.forEach(draw); });

  var body = document.querySelector("#table tbody"), holder = document.getElementById("cards");
  var rows = Array.prototype.slice.call(body.rows), sorted = -1, up = true;
  function value(row, i) {
    var cell = row.cells[i], text = cell.dataset.v === undefined ? cell.textContent : cell.dataset.v, n = Number(text);
    return text !== "" && !isNaN(n) ? n : text;
  }
  Array.prototype.forEach.call(document.querySelectorAll("[data-sort]"), function (button) {
    button.addEventListener("click", function () {
      var i = Number(button.dataset.sort), numeric = button.parentNode.className === "n";
      up = sorted === i ? !up : !numeric;
      sorted = i;
      var keyed = rows.map(function (row) { return [value(row, i), row]; });
      keyed.sort(function (a, b) { return (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) * (up ? 1 : -1); });
      rows = keyed.map(function (pair) { return pair[1]; });
      rows.forEach(function (row) { body.appendChild(row); holder.appendChild(byIndex.get(row.dataset.i)); });
      Array.prototype.forEach.call(document.querySelectorAll("[data-sort]"), function (other) { other.removeAttribute("data-dir"); });
      button.dataset.dir = up ? "up" : "down";
    });
  });
  var filter = document.getElementById("filter"), kinds = new Set(), told = document.getElementById("shown");
  function show() {
    var wanted = filter.value.trim().toLowerCase(), count = 0;
    rows.forEach(function (row) {
      var named = wanted === "" || row.textContent.toLowerCase().indexOf(wanted) >= 0;
      var hide = !named || (kinds.size > 0 && !kinds.has(row.dataset.kind));
      row.hidden = hide;
      byIndex.get(row.dataset.i).hidden = hide;
      if (!hide) count += 1;
    });
    told.textContent = count === rows.length ? count + (count === 1 ? " alarm" : " alarms") : count + " of " + rows.length + " alarms";
  }
  filter.addEventListener("input", show);
  Array.prototype.forEach.call(document.querySelectorAll(".chip"), function (chip) {
    chip.addEventListener("click", function () {
      var kind = chip.dataset.kind, on = !kinds.has(kind);
      if (on) kinds.add(kind); else kinds.delete(kind);
      chip.setAttribute("aria-pressed", String(on));
      show();
    });
  });
})();
`;
