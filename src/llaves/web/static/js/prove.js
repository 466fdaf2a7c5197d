// «Comprobar llaves» without leaving the page: what is typed stays, and Entra's answer is put beside its pair.
// The server answers with the whole page; without scripts the browser shows that one.
const form = document.querySelector("form[data-proves]");

function say(place, text) {
  const line = document.createElement("p");
  line.textContent = text;
  place.replaceChildren(line);
}

function chosen(button) {
  const places = [...form.querySelectorAll("[data-proof]")];
  return button.value === "all" ? places : places.filter((place) => place.id === `proof-${button.value}`);
}

async function prove(button) {
  const places = chosen(button);
  for (const place of places) say(place, "Comprobando…");
  const body = new FormData(form);
  body.append(button.name, button.value);
  try {
    const answer = await fetch(location.href, { method: "POST", body, redirect: "manual" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const place of places) {
      // Another page came, or the way to the login: the request was attended meanwhile, or the session is over.
      const told = page.getElementById(place.id);
      if (told) place.replaceChildren(...told.childNodes);
      else say(place, "No se pudo comprobar: la página cambió o su sesión terminó. Recárguela.");
    }
  } catch {
    for (const place of places) say(place, "No se pudo comprobar. Revise su conexión e intente otra vez.");
  }
}

form?.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.name !== "prove") return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  await prove(button);
  form.ariaBusy = "false";
});
