// Follows what changes by itself: asks for the same page again and takes over the part with `data-live`. Without scripts
// the link «Actualizar» remains. A session that nobody uses still ends: idle.js leaves the page in time.
const PAUSE_MS = 3000;
const region = document.querySelector("[data-live]");
const status = document.querySelector("[data-live-status]");

async function refresh() {
  if (document.hidden || region.contains(document.activeElement)) return;
  const answer = await fetch(region.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
  if (!fresh || fresh.innerHTML === region.innerHTML) return;
  region.replaceChildren(...fresh.childNodes);
  say(region.querySelector("[data-live-words]")?.textContent ?? "La página se actualizó.");
}

let said = Date.now();

// Not each number: a screen reader would never come to an end.
function say(words) {
  if (Date.now() - said < 20_000) return;
  said = Date.now();
  status.textContent = words.replace(/\s+/g, " ").trim();
}

async function follow() {
  try {
    await refresh();
  } catch {
    // The next round tries again; what is shown stays.
  }
  setTimeout(follow, PAUSE_MS);
}

if (region) setTimeout(follow, PAUSE_MS);
