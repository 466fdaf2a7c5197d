// Follows what changes by itself: asks for the same page again and takes over the parts with `data-live`, each by its
// id. Without scripts the link «Actualizar» remains. A session that nobody uses still ends: idle.js leaves in time.
const PAUSE_MS = 3000;
const QUIET_MS = 20_000;
const regions = [...document.querySelectorAll("[data-live]")];
const status = document.querySelector("[data-live-status]");

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, redirect: "error" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of regions) takeOver(region, fresh.getElementById(region.id));
}

// The text is compared, since a form's token is another each time. What has the focus stays: nobody loses his place.
function takeOver(region, fresh) {
  if (!fresh || fresh.textContent === region.textContent || region.contains(document.activeElement)) return;
  region.replaceChildren(...fresh.childNodes);
}

function words() {
  return document.querySelector("[data-live-words]")?.textContent.replace(/\s+/g, " ").trim() ?? "";
}

const said = { words: words(), at: 0 };

// Not each number: a screen reader would never come to an end. What came too soon is said later, so the end is not lost.
function say() {
  const now = words();
  if (now === said.words || Date.now() - said.at < QUIET_MS) return;
  Object.assign(said, { words: now, at: Date.now() });
  status.textContent = now;
}

async function follow() {
  try {
    await refresh();
    say();
  } catch {
    // The next round tries again; what is shown stays.
  }
  setTimeout(follow, PAUSE_MS);
}

if (regions.length) setTimeout(follow, PAUSE_MS);
