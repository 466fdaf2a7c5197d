// Asks the browser for a passkey, or for a new one, and sends the form with its answer (WebAuthn Level 3).
const REFUSED = {
  InvalidStateError: "Esta passkey ya está en su usuario.",
  NotAllowedError: "La verificación se canceló o tardó mucho. Intente otra vez.",
  SecurityError: "Este navegador no permite passkeys en esta dirección.",
};
const UNKNOWN = "Su navegador no permite passkeys. Use otro, o la aplicación de códigos.";

async function answer({ passkeyCreation, passkeyRequest }) {
  if (passkeyCreation) {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(passkeyCreation).publicKey);
    return navigator.credentials.create({ publicKey });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(passkeyRequest).publicKey);
  return navigator.credentials.get({ publicKey });
}

for (const element of document.querySelectorAll("[data-passkey-creation], [data-passkey-request]")) {
  const status = element.querySelector("[role=status]");
  element.querySelector("button").addEventListener("click", async ({ currentTarget: button }) => {
    button.disabled = true;
    status.textContent = "Siga las indicaciones de su navegador…";
    try {
      const credential = await answer(element.dataset);
      element.querySelector("input").value = JSON.stringify(credential.toJSON());
      element.closest("form").requestSubmit();
    } catch (fault) {
      status.textContent = REFUSED[fault.name] ?? UNKNOWN;
      button.disabled = false;
      button.focus();
    }
  });
}
