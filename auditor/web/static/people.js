// Passkeys: the browser asks the device, the page sends its answer. Nothing else of a page needs this file.
"use strict";

async function usePasskey(button) {
  const failed = document.getElementById("passkey-failed");
  failed.hidden = true;
  const asks = { method: "POST", headers: { accept: "application/json" } };
  try {
    const options = await (await fetch(button.dataset.options, asks)).json();
    if (options.error) throw new Error(options.error);
    const found = button.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    const query = new URLSearchParams();
    if (button.dataset.next) query.set("next", button.dataset.next);
    if (button.dataset.name) query.set("name", document.getElementById(button.dataset.name).value);
    const answer = await fetch(`${button.dataset.answer}?${query}`, {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json" },
      body: JSON.stringify(found),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error);
    location.assign(said.next);
  } catch (error) {
    failed.hidden = false;
  }
}

for (const button of document.querySelectorAll("button[data-passkey]")) {
  button.addEventListener("click", () => usePasskey(button));
}
