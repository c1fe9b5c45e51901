"use strict";
// The page keeps a state, sends it, and shows the answer. One request is under way at a time; the last state wins.

const token = new URLSearchParams(location.search).get("token") || "";
const find = (id) => document.getElementById(id);
const tab = crypto.randomUUID();
const NAMES = { phase: "Phase portrait", series: "Against time", drift: "What drifts", error: "Error against h", stability: "Linear stability" };
const FIRST_SEEN = ["phase", "series"];
const COPIES = { latex: "LaTeX", numpy: "NumPy", c: "C", jax: "JAX", torch: "torch", julia: "Julia", json: "JSON" };
const FIRST = { system: "pendulum", method: "explicit_euler", order: 4, direction: "inverse", h: 0.02, time: 10 };
let state = {};
let shown = null; // the last good answer
let catalogue = { systems: [], methods: [], presets: [] };
let busy = false;
let waiting = null;
let range = [1e-3, 1];
let answers = 0;

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// Markup of the server (MathML and SVG) is parsed as a document of its own and loses all that could act.
function markup(text) {
  const found = new DOMParser().parseFromString(`<body>${text}</body>`, "text/html").body;
  for (const node of found.querySelectorAll("script, style, iframe, object, embed, link, form, input, a, img, foreignObject")) node.remove();
  for (const node of found.querySelectorAll("*")) {
    for (const { name } of [...node.attributes]) if (/^on|^style$|href|src/i.test(name)) node.removeAttribute(name);
  }
  return [...found.childNodes].map((node) => document.importNode(node, true));
}

// -- asking ---------------------------------------------------------------------------------
async function fetchAnswer(asked) {
  const headers = { "Content-Type": "application/json", "X-Token": token, "X-Tab": `${tab}${asked.want || ""}` };
  const reply = await fetch("answer", { method: "POST", headers, body: JSON.stringify(asked) });
  if (!reply.ok) throw new Error(await reply.text());
  return reply.json();
}

async function ask() {
  waiting = structuredClone(state);
  if (busy) return;
  busy = true;
  find("result").setAttribute("aria-busy", "true");
  while (waiting) {
    const asked = waiting;
    waiting = null;
    try {
      const found = await fetchAnswer(asked);
      if (!waiting) show(found, asked);
      else if (found.ok) draw(found, asked); // on the way of a slider
    } catch (error) {
      say([{ field: "", kind: "error", text: `The server does not answer (${error.message}). Is imde-sym explore still running?` }]);
    }
    document.body.dataset.answers = ++answers;
  }
  busy = false;
  find("result").setAttribute("aria-busy", "false");
}

function change(more, keep = true) {
  state = keep ? { ...state, ...more } : more;
  for (const key of Object.keys(state)) if (state[key] === undefined || state[key] === "") delete state[key];
  ask();
}

// -- messages -------------------------------------------------------------------------------
const INPUTS = { equations: "equations", system: "system", method: "method", h: "h-number", time: "time", order: "order" };

function say(messages) {
  const places = [...document.querySelectorAll(".message")];
  for (const place of places) place.replaceChildren();
  for (const id of Object.values(INPUTS)) find(id).removeAttribute("aria-invalid");
  for (const message of messages) {
    const place = places.find((p) => p.dataset.for.split(" ").includes(message.field)) || places.find((p) => p.dataset.for === "other");
    place.append(element("p", { class: message.kind }, message.text));
    if (message.column && message.field === "equations") {
      const line = find("equations").value.split("\n")[0];
      if (message.column <= line.length + 1) place.append(element("pre", {}, `${line}\n${" ".repeat(message.column - 1)}^`));
    }
    if (message.kind === "error" && Object.hasOwn(INPUTS, message.field)) {
      const input = find(INPUTS[message.field]);
      input.setAttribute("aria-invalid", "true");
    }
  }
  if (shown && messages.some((m) => m.kind === "error")) {
    places.find((p) => p.dataset.for === "other").append(element("p", {}, "What is shown is the last good state."));
  }
}

// -- showing --------------------------------------------------------------------------------
function show(found, asked) {
  say(found.messages);
  if (!found.ok) return;
  draw(found, asked);
  fill(found, asked);
  forget(found);
  history.replaceState(null, "", `${location.pathname}${location.search}#${encodeURIComponent(JSON.stringify(state))}`);
  for (const panel of document.querySelectorAll("details[data-want]")) if (panel.open) later(panel);
}

// Values that were brought along from other equations, of names that these do not have.
function forget(found) {
  delete state.carried;
  for (const [key, known] of [["parameters", found.parameters], ["x0", found.variables]]) {
    if (!state[key] || typeof state[key] !== "object" || Array.isArray(state[key])) continue;
    const names = known.map((one) => one.name);
    state[key] = Object.fromEntries(Object.entries(state[key]).filter(([name]) => names.includes(name)));
  }
}

function draw(found, asked) {
  const before = shown;
  shown = found;
  find("words").replaceChildren(...(found.words || []).map((text) => element("p", {}, text)));
  if (!before || JSON.stringify(before.formula) !== JSON.stringify(found.formula) || before.latex !== found.latex) formula(found);
  switches(found, asked);
  for (const name of Object.keys(NAMES)) picture(name, found.svg[name], before && before.svg[name]);
}

function picture(name, svg, before) {
  let figure = find(`picture-${name}`);
  if (!svg) {
    if (figure) figure.remove();
    return;
  }
  if (!figure) {
    figure = element("figure", { id: `picture-${name}` }, element("figcaption", {}, NAMES[name]), element("div"));
    const place = find(FIRST_SEEN.includes(name) ? "pictures" : "more");
    const after = Object.keys(NAMES).slice(Object.keys(NAMES).indexOf(name) + 1).map((n) => find(`picture-${n}`)).find((f) => f && f.parentNode === place);
    place.insertBefore(figure, after || null);
    before = null;
  }
  if (svg === before) return;
  figure.lastChild.replaceChildren(...markup(svg));
  if (name === "drift") figure.firstChild.textContent = figure.querySelector("title").textContent;
}

function formula(found) {
  find("given").replaceChildren(...markup(found.system.mathml));
  const rows = found.formula.rows.map((row) => {
    const line = element("div", { class: "row" }, ...markup(row.left));
    if (!row.powers.length) line.append("0");
    row.powers.forEach((term, i) => {
      const inside = term.pieces.map((piece) => element("span", {}, ...markup(piece)));
      if (term.left_out) inside.push(element("span", {}, `… and ${term.left_out} terms more`));
      const label = `Power ${term.power} of h: what its trees are`;
      const body = term.power ? [...(i ? ["+ "] : []), ...markup(term.factor), paren("("), ...inside, paren(")")] : inside;
      const span = element("span", { class: "term", tabindex: "0", role: "button", "aria-label": label, "data-power": term.power }, ...body);
      for (const event of ["mouseenter", "focus", "click"]) span.addEventListener(event, () => hint(term.power));
      line.append(span);
    });
    line.append(element("span", { class: "term-end" }, "+ ", ...markup(found.formula.remainder)));
    return line;
  });
  find("formula").replaceChildren(...rows);
  find("hint").replaceChildren("Point at a term: its trees are shown here.");
  trees(found);
}

const paren = (sign) => element("span", { class: "paren" }, sign);

function hint(power) {
  const rows = shown.table.filter((row) => row.order === power + 1 && row.value !== 0);
  const found = rows.slice(0, 12).map((row) => element("span", {}, ...markup(row.svg), ...markup(row.coefficient_mathml), " · ", ...markup(row.mathml)));
  const more = rows.length > 12 ? [`… of ${rows.length} trees`] : [];
  const name = power > 1 ? ["h", element("sup", {}, power), ":"] : [power ? "h:" : "without h:"];
  find("hint").replaceChildren(element("b", {}, ...name), ...(found.length ? found : ["no tree of this order has a coefficient, or it is not listed"]), ...more);
}

function trees(found) {
  const cell = (...inside) => element("td", {}, ...inside);
  const head = ["tree", "order", "symmetry", "density", "coefficient", "differential"].map((t) => element("th", { scope: "col" }, t));
  const rows = found.table.map((row) =>
    element("tr", {}, cell(...markup(row.svg)), cell(row.order), cell(row.symmetry), cell(row.density), cell(...markup(row.coefficient_mathml)), cell(...markup(row.mathml))));
  const more = found.more_trees ? [element("p", { class: "about" }, `${found.more_trees} trees more`)] : [];
  find("trees").replaceChildren(element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)), ...more);
}

function switches(found, asked) {
  const kept = (k) => !asked.powers || k === 0 || asked.powers.includes(k);
  const present = [...new Set(found.formula.rows.flatMap((row) => row.powers.map((p) => p.power)))].sort((a, b) => a - b);
  const key = JSON.stringify([present, asked.powers || null]);
  for (const term of document.querySelectorAll(".term")) term.classList.toggle("off", !kept(Number(term.dataset.power)));
  if (find("powers").dataset.key === key) return;
  find("powers").dataset.key = key;
  const boxes = present.filter((k) => k).map((k) => {
    const box = element("input", { type: "checkbox", value: k, checked: kept(k) });
    box.addEventListener("change", () => {
      const chosen = [...document.querySelectorAll("#powers input:checked")].map((b) => Number(b.value));
      change({ powers: chosen.length === boxes.length ? undefined : [0, ...chosen] });
    });
    return element("label", {}, box, k === 1 ? " h" : " h", ...(k === 1 ? [] : [element("sup", {}, k)]));
  });
  find("powers").replaceChildren(...(boxes.length ? ["Keep the terms in ", ...boxes] : []));
}

// -- the fields -----------------------------------------------------------------------------
const isEdited = (input) => document.activeElement === input;

function set(input, value) {
  if (!isEdited(input) && input.value !== String(value)) input.value = value;
}

function fill(found, asked) {
  // values of names that are gone were told of once
  for (const [key, rows] of [["x0", found.variables], ["parameters", found.parameters]]) {
    if (!state[key] || Array.isArray(state[key]) || typeof state[key] !== "object") continue;
    const kept = Object.entries(state[key]).filter(([name]) => rows.some((row) => row.name === name));
    state[key] = kept.length ? Object.fromEntries(kept) : undefined;
  }
  range = [Math.min(found.range.low, found.range.h), Math.max(found.range.high, found.range.h)];
  const place = (h) => (1000 * Math.log(h / range[0])) / Math.log(range[1] / range[0]);
  if (!isEdited(find("h"))) find("h").value = place(found.range.h);
  find("h").setAttribute("aria-valuetext", `h = ${found.range.h.toPrecision(3)}`);
  set(find("h-number"), Number(found.range.h.toPrecision(6)));
  set(find("time"), found.state.time);
  const valid = found.range.valid;
  const mark = find("valid");
  mark.hidden = !(valid && valid > range[0] && valid < range[1]);
  if (!mark.hidden) mark.style.left = `calc(8px + (100% - 16px) * ${place(valid) / 1000})`;
  find("valid-text").textContent = valid ? `The expansion means something up to about h = ${valid.toPrecision(3)}.` : "";
  find("order").value = found.state.order;
  find("order-shown").textContent = found.state.order;
  for (const radio of document.querySelectorAll("[name=direction]")) radio.checked = radio.value === found.state.direction;
  choose("system", asked.equations ? "" : found.system.name);
  choose("method", asked.tableau ? "" : found.method.name);
  if (!asked.equations) set(find("equations"), found.system.text);
  else set(find("equations"), asked.equations);
  const typed = (key, name, value) => (asked[key] && typeof asked[key] === "object" && asked[key][name] ? asked[key][name] : value);
  numbers("parameters", "parameters", found.parameters.map((p) => [p.name, typed("parameters", p.name, p.value)]), found.parameters.length ? "Parameters" : "");
  numbers("x0", "x0", found.variables.map((v) => [v.name, typed("x0", v.name, Number(v.x0.toPrecision(12)))]), "Initial value");
  axes(found);
  facts(found.method);
  if (!isEdited(document.activeElement.closest("#tableau") ? document.activeElement : null)) editor(found.method.tableau);
  for (const button of find("presets").children) button.setAttribute("aria-pressed", button.dataset.state === JSON.stringify(state));
}

function numbers(id, key, pairs, title) {
  const known = [...find(id).querySelectorAll("input")];
  if (JSON.stringify(known.map((i) => i.dataset.name)) === JSON.stringify(pairs.map((p) => p[0]))) {
    known.forEach((input, i) => set(input, pairs[i][1]));
    return;
  }
  const made = pairs.map(([name, value]) => {
    const input = element("input", { "data-name": name, inputmode: "text", spellcheck: "false" });
    input.value = value;
    input.addEventListener("input", () => {
      const all = [...find(id).querySelectorAll("input")].map((i) => [i.dataset.name, i.value]);
      change({ [key]: Object.fromEntries(all) });
    });
    return element("label", {}, `${name} =`, input);
  });
  find(id).replaceChildren(...(title ? [element("span", {}, title)] : []), ...made);
}

function axes(found) {
  const names = found.variables.map((v) => v.name);
  if (names.length < 3) {
    find("axes").replaceChildren();
    return;
  }
  const key = JSON.stringify([names, found.state.axes]);
  if (find("axes").dataset.key === key && find("axes").children.length) return;
  find("axes").dataset.key = key;
  const made = ["across", "up"].map((text, i) => {
    const options = names.map((n) => element("option", { value: n, selected: n === found.state.axes[i] }, n));
    const select = element("select", { onchange: () => change({ axes: [...find("axes").querySelectorAll("select")].map((s) => s.value) }) }, ...options);
    return element("label", {}, text, select);
  });
  find("axes").replaceChildren(...made);
}

function facts(method) {
  const flag = (name) => (name in method ? [element("span", { class: method[name] ? "flag" : "flag no" }, method[name] ? name : `not ${name}`)] : []);
  const flags = ["explicit", "symplectic", "symmetric"].flatMap(flag);
  find("method-facts").replaceChildren(`${method.title}, `, element("b", { id: "method-order" }, `order ${method.order}`), element("br"), ...flags);
}

// -- the tableau ----------------------------------------------------------------------------
function editor(tableau) {
  find("tableau-editor").hidden = !tableau;
  if (!tableau) return;
  const full = tableau.A.map((row) => tableau.b.map((_, j) => row[j] || "0"));
  const cell = (name, value) => {
    const input = element("input", { "aria-label": name, spellcheck: "false", autocapitalize: "off" });
    input.value = value;
    input.addEventListener("input", () => change({ tableau: read(), method: undefined }));
    return element("td", {}, input);
  };
  const rows = full.map((row, i) => element("tr", {}, ...row.map((x, j) => cell(`a ${i + 1} ${j + 1}`, x))));
  rows.push(element("tr", { class: "weights" }, ...tableau.b.map((x, j) => cell(`b ${j + 1}`, x))));
  find("tableau").replaceChildren(element("table", { "aria-label": "A, and b below the line" }, element("tbody", {}, ...rows)));
}

function read() {
  const rows = [...find("tableau").querySelectorAll("tr")].map((row) => [...row.querySelectorAll("input")].map((i) => i.value));
  return { A: rows.slice(0, -1), b: rows[rows.length - 1] };
}

function resize(by) {
  const { A, b } = read();
  const size = b.length + by;
  if (size < 1 || size > 16) return;
  const wide = (row) => Array.from({ length: size }, (_, j) => row[j] || "0");
  const tableau = { A: Array.from({ length: size }, (_, i) => wide(A[i] || [])), b: wide(b) };
  editor(tableau);
  change({ tableau, method: undefined });
}

// -- choosing -------------------------------------------------------------------------------
function list(id, entries) {
  const select = find(id);
  const chosen = select.dataset.chosen;
  select.replaceChildren(...entries.map((e) => element("option", { value: e.name, selected: e.name === chosen, title: e.title }, e.order ? `${e.title} (${e.order})` : e.title)));
}

function choose(id, name) {
  find(id).dataset.chosen = name;
  for (const option of find(id).options) option.selected = option.value === name;
  if (!name) find(id).selectedIndex = -1;
}

function search(id, entries) {
  const input = find(`${id}-search`);
  const update = () => {
    const words = input.value.toLowerCase().replaceAll("_", " ").split(/\s+/).filter(Boolean);
    list(id, entries.filter((e) => words.every((w) => e.words.includes(w) || `order ${e.order}`.includes(w))));
  };
  input.addEventListener("input", update);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") find(id).focus();
    if (event.key === "Enter") {
      event.preventDefault();
      if (find(id).options.length) {
        find(id).selectedIndex = 0;
        find(id).dispatchEvent(new Event("change"));
      }
    }
  });
  update();
}

// -- what takes longer ----------------------------------------------------------------------
const timers = new Map();

function later(panel) {
  clearTimeout(timers.get(panel));
  timers.set(panel, setTimeout(() => wanted(panel), 900));
}

async function wanted(panel) {
  const want = panel.dataset.want;
  const place = find(want);
  const asked = JSON.stringify(state);
  place.setAttribute("aria-busy", "true");
  try {
    const found = await fetchAnswer({ ...state, want: [want] });
    if (asked !== JSON.stringify(state)) return; // a later question is under way
    place.setAttribute("aria-busy", "false");
    const said = found.messages.filter((m) => m.field === "want" || m.kind === "error").map((m) => element("p", {}, m.text));
    if (want === "structure") place.replaceChildren(...(found.structure || []).map((line) => element("li", {}, line)), ...said);
    else place.replaceChildren(...(found.svg && found.svg.orders ? markup(found.svg.orders) : []), element("pre", {}, found.orders ? found.orders.text : ""), ...said);
  } catch (error) {
    place.replaceChildren(element("p", {}, error.message));
  }
}

async function copy(target) {
  const found = await fetchAnswer({ ...state, target });
  const text = found.code && found.code[target];
  if (!text) {
    say(found.messages);
    find("copied").textContent = `${COPIES[target]} cannot be written.`;
    return;
  }
  const area = find("code");
  area.hidden = false;
  area.value = text;
  await clip(text, area, COPIES[target]);
}

async function clip(text, area, what) {
  try {
    await navigator.clipboard.writeText(text);
    find("copied").textContent = `${what} is in the clipboard.`;
  } catch {
    area.hidden = false;
    area.value = text;
    area.select();
    find("copied").textContent = `${what} is selected below: copy it with your keyboard.`;
  }
}

async function download(kind) {
  find("copied").textContent = "The document is being written …";
  const found = await fetchAnswer({ ...state, want: [`document-${kind}`] });
  if (!found.document) {
    find("copied").textContent = found.messages.map((m) => m.text).join(" ");
    return;
  }
  const link = element("a", { href: URL.createObjectURL(new Blob([found.document])), download: `equation.${{ html: "html", latex: "tex", markdown: "md" }[kind]}` });
  link.click();
  URL.revokeObjectURL(link.href);
  find("copied").textContent = "The document is among your downloads.";
}

// -- the beginning --------------------------------------------------------------------------
function fromLink() {
  try {
    const found = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    return found && typeof found === "object" && !Array.isArray(found) ? found : FIRST;
  } catch {
    return FIRST;
  }
}

function listen() {
  for (const id of ["controls", "question"]) find(id).addEventListener("submit", (event) => event.preventDefault());
  find("system").addEventListener("change", (event) => {
    const { order, direction, method, tableau } = state;
    change({ order, direction, method, tableau, system: event.target.value }, false);
  });
  find("equations").addEventListener("input", (event) => {
    const x0 = shown ? Object.fromEntries(shown.variables.map((v) => [v.name, v.x0])) : undefined;
    const parameters = shown ? Object.fromEntries(shown.parameters.map((p) => [p.name, p.value])) : undefined;
    const text = event.target.value;
    if (text.trim()) change({ equations: text, system: undefined, axes: undefined, x0: state.x0 || x0, parameters: state.parameters || parameters, carried: true });
    else change({ equations: undefined, system: state.system || "pendulum", x0: undefined, parameters: undefined });
  });
  find("method").addEventListener("change", (event) => change({ method: event.target.value, tableau: undefined }));
  for (const radio of document.querySelectorAll("[name=direction]")) radio.addEventListener("change", () => change({ direction: radio.value }));
  find("order").addEventListener("input", (event) => {
    find("order-shown").textContent = event.target.value;
    change({ order: Number(event.target.value), powers: undefined });
  });
  find("h").addEventListener("input", (event) => {
    const h = range[0] * (range[1] / range[0]) ** (event.target.value / 1000);
    change({ h: Number(h.toPrecision(4)) });
  });
  find("h-number").addEventListener("input", (event) => change({ h: event.target.value }));
  find("time").addEventListener("input", (event) => change({ time: event.target.value }));
  find("add-stage").addEventListener("click", () => resize(1));
  find("remove-stage").addEventListener("click", () => resize(-1));
  find("copy-link").addEventListener("click", () => clip(location.href, find("code"), "The link"));
  for (const button of document.querySelectorAll("[data-document]")) button.addEventListener("click", () => download(button.dataset.document));
  for (const panel of document.querySelectorAll("details[data-want]")) panel.addEventListener("toggle", () => panel.open && wanted(panel));
  const themes = { "": ["◐ auto", "as the system has them"], light: ["☀ light", "light"], dark: ["☾ dark", "dark"] };
  find("theme").addEventListener("click", () => {
    const names = Object.keys(themes);
    const next = names[(names.indexOf(document.documentElement.dataset.theme || "") + 1) % 3];
    document.documentElement.dataset.theme = next;
    find("theme").textContent = themes[next][0];
    find("theme").setAttribute("aria-label", `Colours: ${themes[next][1]}`);
  });
  window.addEventListener("hashchange", () => change(fromLink(), false));
  find("copies").replaceChildren(...Object.entries(COPIES).map(([target, name]) => element("button", { type: "button", "data-copy": target, onclick: () => copy(target) }, name)));
}

async function start() {
  listen();
  state = fromLink();
  ask();
  const reply = await fetch("catalogue", { headers: { "X-Token": token } });
  catalogue = await reply.json();
  search("system", catalogue.systems);
  search("method", catalogue.methods);
  find("presets").replaceChildren(...catalogue.presets.map((p) => {
    const button = element("button", { type: "button", title: p.text, "data-state": JSON.stringify(p.state), "aria-pressed": "false" }, p.title);
    button.addEventListener("click", () => change(p.state, false));
    return button;
  }));
  if (shown) fill(shown, state);
}

start();
