"use strict";
(() => {
  const root = document.documentElement, lanes = document.getElementById("lanes"), frame = document.getElementById("scroll");
  const tip = document.getElementById("tip"), said = document.getElementById("said");
  let zoom = 1, at = -1;
  root.classList.add("scripted");

  // Zoom: the drawing gets wider, and what was under the middle (or the pointer) stays there.
  function zoomTo(factor, x = frame.clientWidth / 2) {
    const before = frame.scrollLeft + x, old = zoom;
    zoom = Math.min(256, Math.max(1, factor));
    lanes.style.width = zoom * 100 + "%";
    lanes.dataset.zoomLevel = zoom >= 64 ? 3 : zoom >= 16 ? 2 : zoom >= 4 ? 1 : 0;
    frame.scrollLeft = before * zoom / old - x;
  }
  for (const button of document.querySelectorAll("[data-zoom]"))
    button.addEventListener("click", () => zoomTo({ in: zoom * 2, out: zoom / 2, fit: 1 }[button.dataset.zoom]));
  frame.addEventListener("wheel", event => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomTo(zoom * (event.deltaY < 0 ? 1.25 : 0.8), event.clientX - frame.getBoundingClientRect().left);
  }, { passive: false });
  frame.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { "+": () => zoomTo(zoom * 2), "=": () => zoomTo(zoom * 2), "-": () => zoomTo(zoom / 2), 0: () => zoomTo(1),
      n: () => go(1), p: () => go(-1), Escape: hide }[event.key];
    if (step) { step(); event.preventDefault(); }
  });

  // From mark to mark: landings and reds, told to who cannot see them.
  function go(step) {
    const marks = lanes.querySelectorAll("use");
    if (!marks.length) return;
    if (at >= 0 && marks[at]) marks[at].classList.remove("here");
    at = (at + step + marks.length) % marks.length;
    marks[at].classList.add("here");
    const box = marks[at].getBoundingClientRect(), own = frame.getBoundingClientRect();
    frame.scrollLeft += box.left - own.left - own.width / 2;
    said.textContent = wordsOf(marks[at]);
  }

  // What a span says: the browser's own tip is slow and not there for a finger, so its words are taken over.
  function wordsOf(shape) {
    const title = shape.querySelector("title");
    if (title) { shape.told = title.textContent; title.remove(); }
    return shape.told || "";
  }
  function show(event) {
    const shape = event.target.closest && event.target.closest("svg rect, svg use, svg line");
    const words = shape && shape.closest("#lanes, .bars") ? wordsOf(shape) : "";
    if (!words) return hide();
    tip.textContent = words;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(event.clientX + 12, innerWidth - box.width - 4)) + "px";
    tip.style.top = (event.clientY + box.height + 20 > innerHeight ? Math.max(4, event.clientY - box.height - 12) : event.clientY + 16) + "px";
  }
  function hide() { tip.hidden = true; }
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);
  document.addEventListener("scroll", hide, true);
  lanes.addEventListener("click", event => {
    const shape = event.target.closest("[data-c]");
    if (!shape) return;
    said.textContent = wordsOf(shape) + " ";
    const link = document.querySelector('a[href="#card-' + CSS.escape(shape.dataset.c) + '"]');
    if (link) {
      const copy = document.createElement("a");
      copy.href = link.getAttribute("href");
      copy.textContent = "Show " + shape.dataset.c;
      said.append(copy);
    }
  });

  // A link to a card opens it.
  function open() {
    const card = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (card && card.tagName === "DETAILS") card.open = true;
  }
  addEventListener("hashchange", open);

  // A page that is kept current reads itself again, and is then where it was. Where nothing may be stored it only reads.
  const key = "batty-hooks " + location.pathname;
  function remember() {
    const closed = [...document.querySelectorAll("details[id][open]")].map(one => one.id);
    const focus = document.activeElement && document.activeElement.id;
    try { sessionStorage.setItem(key, JSON.stringify({ y: scrollY, zoom, left: frame.scrollLeft, open: closed, focus })); } catch { /* no storage */ }
  }
  function recall() {
    let was = null;
    try { was = JSON.parse(sessionStorage.getItem(key)); sessionStorage.removeItem(key); } catch { /* no storage */ }
    if (!was) return open();
    for (const id of was.open) { const one = document.getElementById(id); if (one) one.open = true; }
    zoomTo(was.zoom);
    frame.scrollLeft = was.left;
    scrollTo(0, was.y);
    const focused = was.focus && document.getElementById(was.focus);
    if (focused) focused.focus({ preventScroll: true });
  }
  const seconds = Number(root.dataset.live);
  if (seconds) {
    let held = false;
    history.scrollRestoration = "manual";
    addEventListener("pointerdown", () => { held = true; });
    addEventListener("pointerup", () => { held = false; });
    setInterval(() => {
      const reads = held || !tip.hidden || String(getSelection()) !== "" || document.visibilityState !== "visible";
      if (!reads) { remember(); location.reload(); }
    }, seconds * 1000);
    recall();
  } else {
    try { sessionStorage.removeItem(key); } catch { /* no storage */ }
    open();
  }
  addEventListener("beforeprint", () => { for (const one of document.querySelectorAll("#cards details")) one.open = true; });
})();
