// Makes the console's pages live. Everything works without it.
"use strict";

// A region with data-live="path" is fetched again every two seconds and replaced when it has changed. The focus is restored,
// and nothing is replaced while a menu is open or a field has the focus.
const pause = 2000;
const longestPause = 60000;

// A form is being sent: what this page shows may be gone before the next page is there.
let isLeaving = false;

function isBusy(region) {
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  return (focused && focused.matches("input, select, textarea")) || region.querySelector("details[open]");
}

async function keepFresh(region) {
  let tag = null;
  let wait = pause;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (document.hidden || isLeaving || isBusy(region)) continue;
    try {
      const answer = await fetch(region.dataset.live, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
      if (answer.redirected) return location.reload(); // The session has ended.
      wait = pause;
      if (answer.status === 304) continue;
      if (!answer.ok) throw new Error(String(answer.status));
      tag = answer.headers.get("ETag");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById(region.id);
      if (!next) return;
      if (next.innerHTML === region.innerHTML || isBusy(region)) continue;
      const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
      region.replaceChildren(...next.childNodes);
      if (focused) (document.getElementById(focused) || document.getElementById("main")).focus();
      region.classList.remove("fresh");
      void region.offsetWidth;
      region.classList.add("fresh");
      document.getElementById("announcement").textContent = "The page was updated.";
    } catch {
      wait = Math.min(wait * 2, longestPause);
    }
  }
}

for (const region of document.querySelectorAll("[data-live]")) keepFresh(region);

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = "Copied";
  });
}

// A second click while a form is being sent would submit it twice.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  isLeaving = true;
  setTimeout(() => event.target.querySelectorAll("button").forEach((button) => (button.disabled = true)));
});
window.addEventListener("pageshow", () => {
  isLeaving = false;
  document.querySelectorAll("button[disabled]").forEach((button) => (button.disabled = false));
});
