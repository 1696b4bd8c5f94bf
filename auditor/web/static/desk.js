// What the pages do beside links and forms: keys, the picture's zoom, copying a digest, live progress.
// Everything works without it. No text from the server is ever put in as markup.
"use strict";
(() => {
  const one = (where, what) => where.querySelector(what);
  const every = (where, what) => Array.from(where.querySelectorAll(what));
  const typing = (at) => at instanceof Element && at.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button[data-copy]");
    if (!button) return;
    navigator.clipboard.writeText(button.dataset.copy).then(() => {
      button.textContent = button.dataset.done;
    });
  });

  function dress() {
    every(document, "[data-script]").forEach((part) => { part.hidden = false; });
    every(document, ".sheet[data-zoom]").forEach(zoomable);
    every(document, "[data-live]").forEach(follow);
    every(document, "[data-newer]").forEach(heed);
    every(document, ".pictures").forEach(linkScroll);
  }

  function zoomable(sheet) {
    if (sheet.dataset.ready) return;
    sheet.dataset.ready = "yes";
    const drawing = one(sheet, "svg");
    let scale = 1;
    const set = (wanted) => {
      scale = Math.min(6, Math.max(1, wanted));
      drawing.style.width = `${scale * 100}%`;
    };
    every(document, `[data-zooms="${sheet.id}"]`).forEach((button) => {
      button.addEventListener("click", () => {
        set(button.dataset.by === "fit" ? 1 : scale * (button.dataset.by === "in" ? 1.35 : 1 / 1.35));
      });
    });
    const light = (number, on) => {
      every(document, `[data-mark="${number}"]`).forEach((part) => { part.classList.toggle("lit", on); });
    };
    every(document, "[data-mark]").forEach((part) => {
      for (const [name, on] of [["mouseenter", true], ["mouseleave", false], ["focusin", true], ["focusout", false]]) {
        part.addEventListener(name, () => { light(part.dataset.mark, on); });
      }
    });
  }

  function linkScroll(pair) {
    const sheets = every(pair, ".sheet");
    let led = null;
    sheets.forEach((sheet) => {
      sheet.addEventListener("scroll", () => {
        if (led && led !== sheet) return;
        led = sheet;
        const down = sheet.scrollTop / Math.max(1, sheet.scrollHeight - sheet.clientHeight);
        sheets.filter((other) => other !== sheet).forEach((other) => {
          other.scrollTop = down * (other.scrollHeight - other.clientHeight);
          other.scrollLeft = sheet.scrollLeft;
        });
        requestAnimationFrame(() => { led = null; });
      }, { passive: true });
    });
  }

  // Live figures: an event stream names parts of the page by `data-part` and gives each its text; without a stream the
  // page is asked again every ten seconds.
  function follow(place) {
    if (place.dataset.ready) return;
    place.dataset.ready = "yes";
    const show = (told) => {
      for (const [name, text] of Object.entries(told)) {
        every(place, `[data-part="${name}"]`).forEach((part) => {
          if (part instanceof HTMLProgressElement) part.value = Number(text); else part.textContent = String(text);
        });
        every(place, `progress[data-most="${name}"]`).forEach((bar) => { bar.max = Math.max(1, Number(text)); });
      }
      if (told.ended) { source.close(); location.reload(); }
    };
    const source = new EventSource(place.dataset.live);
    source.addEventListener("state", (event) => { show(JSON.parse(event.data)); });
    addEventListener("pagehide", () => { source.close(); });
    document.addEventListener("htmx:afterSettle", () => { if (!place.isConnected) source.close(); });
  }

  // What was added since the line that the page stands for: a link in its head, asked for while the page is looked at.
  function heed(place) {
    if (place.dataset.ready) return;
    place.dataset.ready = "yes";
    let source = null;
    const show = (text) => {
      const link = one(place, "a") || place.appendChild(document.createElement("a"));
      link.href = location.href.split("#")[0];
      link.textContent = text;
    };
    const listen = () => {
      if (place.isConnected && document.visibilityState === "visible" && !source) {
        source = new EventSource(place.dataset.newer);
        source.addEventListener("state", (event) => { show(JSON.parse(event.data).newer); });
        source.addEventListener("rest", () => { source.close(); });
      } else if (source && (!place.isConnected || document.visibilityState !== "visible")) leave();
    };
    const leave = () => { if (source) source.close(); source = null; };
    document.addEventListener("visibilitychange", listen);
    document.addEventListener("htmx:afterSettle", listen);
    addEventListener("pageshow", listen);
    addEventListener("pagehide", leave);
    listen();
  }

  const go = (link) => { if (link) link.click(); return Boolean(link); };
  function inboxKey(key, inbox) {
    const now = one(inbox, ".queue a[aria-current]");
    const links = every(inbox, ".queue li > a");
    const place = links.indexOf(now);
    if (key === "j") return go(links[place + 1]);
    if (key === "k") return go(links[place - 1]);
    if (key === "Enter") return go(one(inbox, "a[data-open]"));
    const choice = { c: "confirmed", d: "dismissed", a: "acknowledged", e: "explained", s: "suppress" }[key];
    const radio = choice && one(inbox, `input[name="state"][value="${choice}"]`);
    if (!radio) return false;
    radio.checked = true;
    one(inbox, "textarea[name=reason]").focus();
    return true;
  }

  function pictureKey(key) {
    const named = { ArrowLeft: "prev", ArrowRight: "next" }[key];
    if (named) return go(one(document, `a[rel="${named}"]`));
    const by = { "+": "in", "=": "in", "-": "out", "0": "fit" }[key];
    const button = by && one(document, `[data-zooms][data-by="${by}"]`);
    if (button) button.click();
    return Boolean(button);
  }

  function timelineKey(key, point) {
    const points = every(point.closest("svg"), "a[data-point]");
    const place = points.indexOf(point) + { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (points[place]) points[place].focus();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const key = event.key;
    const at = event.target;
    const point = at instanceof Element && at.closest("a[data-point]");
    const inbox = one(document, "[data-inbox]");
    let done = false;
    if (key === "/") { const box = one(document, "#find"); if (box) { box.focus(); done = true; } }
    else if (key === "?") { const help = one(document, "#keys"); if (help) { help.showModal(); done = true; } }
    else if (point && (key === "ArrowLeft" || key === "ArrowRight")) done = timelineKey(key, point);
    else if (inbox && !(key === "Enter" && at instanceof Element && at.closest("a, button, summary"))) done = inboxKey(key, inbox);
    else if (one(document, ".viewer, .pictures")) done = pictureKey(key);
    if (done) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-closes], [data-opens]");
    if (!button) return;
    const dialog = document.getElementById(button.dataset.closes || button.dataset.opens);
    if (button.dataset.closes) dialog.close(); else dialog.showModal();
  });
  document.addEventListener("htmx:afterSettle", () => {
    dress();
    const pane = document.getElementById("finding");
    if (pane) { pane.focus(); }
    every(document, ".queue li > a").forEach((link) => {
      if (pane && link.dataset.finding === pane.dataset.finding) { link.setAttribute("aria-current", "true"); link.scrollIntoView({ block: "nearest" }); }
      else link.removeAttribute("aria-current");
    });
  });
  dress();
})();
