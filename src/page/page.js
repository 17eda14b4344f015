"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = document.querySelector(".controls");
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  const nodes = all(".picture .node"), arrows = all(".picture .arrow"), cards = all(".card"), lines = all(".lines li");

  // One resource lights up everywhere: its node, its arrows, its card, its lines.
  let shown = null;
  function light(id, from) {
    shown = id;
    for (const node of nodes) node.classList.toggle("lit", node.dataset.id === id);
    for (const arrow of arrows) arrow.classList.toggle("lit", arrow.dataset.first === id || arrow.dataset.then === id);
    for (const line of lines) line.classList.toggle("lit", line.dataset.r === id);
    for (const card of cards) {
      card.classList.toggle("lit", card.dataset.id === id);
      if (card.dataset.id === id && from !== "card") card.open = true;
    }
    if (from !== "line") {
      const line = lines.find((one) => one.dataset.r === id);
      if (line) line.parentElement.parentElement.scrollTop = line.offsetTop - line.parentElement.offsetTop - 60;
    }
  }
  for (const node of nodes) node.addEventListener("click", () => light(node.dataset.id, "node"));
  for (const card of cards) card.addEventListener("toggle", () => card.open && light(card.dataset.id, "card"));
  for (const line of lines) if (line.dataset.r) line.addEventListener("click", () => light(line.dataset.r, "line"));
  const byHash = () => {
    const card = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (card && card.dataset.id !== undefined && shown !== card.dataset.id) light(card.dataset.id, "hash");
  };
  addEventListener("hashchange", byHash);
  byHash();

  // A scenario says what is off in it, and which properties differ.
  const scenario = document.getElementById("scenario");
  if (scenario) scenario.addEventListener("change", () => {
    const { off, changes } = scenario.selectedOptions[0].dataset;
    const gone = new Set(off.split(" ")), changed = new Set(changes.split(" "));
    for (const one of [...nodes, ...cards]) {
      one.classList.remove("perhaps");
      one.classList.toggle("off", gone.has(one.dataset.id));
    }
    for (const arrow of arrows) {
      arrow.classList.remove("perhaps");
      arrow.classList.toggle("off", gone.has(arrow.dataset.first) || gone.has(arrow.dataset.then));
    }
    for (const row of all("tr[data-path]")) row.classList.toggle("lit", changed.has(row.dataset.path));
  });

  const find = document.getElementById("find"), found = document.getElementById("found");
  find.addEventListener("input", () => {
    const words = find.value.trim().toLowerCase();
    const has = (one) => one.textContent.toLowerCase().includes(words);
    const hits = new Set(cards.filter(has).map((card) => card.dataset.id));
    for (const one of [...cards, ...nodes]) one.classList.toggle("dim", words !== "" && !hits.has(one.dataset.id));
    for (const line of lines) line.classList.toggle("lit", words !== "" && has(line));
    found.textContent = words === "" ? "" : `${hits.size} resources, ${lines.filter((l) => l.classList.contains("lit")).length} lines`;
  });
})();
