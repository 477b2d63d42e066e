"use strict";
// Elements. Text goes in as text only: nothing in this page is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

function put(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (name.startsWith("aria-") && value !== undefined) node.setAttribute(name, String(value));
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== undefined) node.setAttribute(name, String(value));
  }
  for (const child of [children].flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false && child !== "") {
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
  }
  return node;
}

const el = (name, attributes, ...children) => put(document.createElement(name), attributes, children);
const svg = (name, attributes, ...children) =>
  put(document.createElementNS(SVG, name), attributes, children);
const by = (id) => document.getElementById(id);
// How many for certain, then how many only under a condition: never their sum.
const both = (certain, conditional) => [certain, conditional].slice(0, conditional ? 2 : 1).map((one) => one.toLocaleString("en-US")).join(" +");
const countBoth = (certain, conditional, noun, plural) =>
  conditional ? `${both(certain, conditional)} ${plural || `${noun}s`}` : count(certain, noun, plural);
const count = (number, noun, plural) =>
  `${number.toLocaleString("en-US")} ${number === 1 ? noun : plural || noun + "s"}`;

// Efforts in words, on the scales of rbacgraph/model/effort.py.
const effortWords = (effort, low, medium) =>
  effort ? `effort: ${effort <= low ? "low" : effort <= medium ? "medium" : "high"} (${effort})` : "effort: none";
const techniqueEffort = (effort) => effortWords(effort, 2, 5);
const pathEffort = (effort) => effortWords(effort, 3, 7);

// A button that looks like a link, to another part of the page.
function link(text, hash, label) {
  return el("a", { href: hash, "aria-label": label }, text);
}

// Shows the first of many, and a button for a hundred more, which stands in `holder`.
function several(items, few, make, parent, holder = parent) {
  let shown = 0;
  const more = el("button", { type: "button", class: "more", on: { click: () => next(100, true) } });
  function next(number, focus) {
    const nodes = items.slice(shown, shown + number).map(make);
    shown += nodes.length;
    if (holder === parent) more.before(...nodes); else parent.append(...nodes);
    more.hidden = shown >= items.length;
    more.textContent = `Show more (${(items.length - shown).toLocaleString("en-US")} left)`;
    if (focus && nodes.length) (nodes[0].querySelector("a, button") || more).focus();
  }
  more.showAll = () => next(items.length, false);
  holder.append(more);
  next(few, false);
  return parent;
}

// A table with a heading row; `cells` makes a row's cells, `classes` are those of its columns. On
// narrow screens each row is a block with its titles: the roles keep it a table for screen readers.
function table(titles, classes, items, few, cells) {
  const row = (item) => el("tr", { role: "row" }, cells(item).map((cell, c) =>
    el("td", { role: "cell", class: classes[c], "data-title": titles[c] }, cell)));
  const body = el("tbody", { role: "rowgroup" }), holder = el("div", { class: "list" });
  holder.append(el("table", { role: "table" }, el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, titles.map((title, c) =>
    el("th", { role: "columnheader", scope: "col", class: classes[c] }, title)))), body));
  several(items, few, row, body, holder);
  return holder;
}
