/* Passkeys: the browser's half. Buttons carry data-passkey="new" or "show". */
(() => {
  "use strict";
  const bytes = (t) => Uint8Array.from(atob(t.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const post = async (where, what) => {
    const answer = await fetch(where, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(what || {}) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error || "没有做成");
    return told;
  };
  const plain = (made) => {
    const r = made.response, told = { id: made.id, rawId: text(made.rawId), type: made.type, response: {} };
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (r[name]) told.response[name] = text(r[name]);
    return told;
  };
  const listed = (found) => (found || []).map((c) => ({ ...c, id: bytes(c.id) }));
  const acts = {
    async new() {
      const o = await post("/passkeys/options");
      o.challenge = bytes(o.challenge); o.user.id = bytes(o.user.id); o.excludeCredentials = listed(o.excludeCredentials);
      const label = document.querySelector("[name=label]");
      await post("/passkeys", { credential: plain(await navigator.credentials.create({ publicKey: o })), label: label ? label.value : "" });
      location.assign("/account");
    },
    async unlock(button) {
      const o = await post("/unlock/options");
      o.challenge = bytes(o.challenge); o.allowCredentials = listed(o.allowCredentials);
      await post("/unlock/passkey", plain(await navigator.credentials.get({ publicKey: o })));
      location.assign(button.dataset.to || "/");
    },
    async show() {
      const o = await post("/second/options");
      o.challenge = bytes(o.challenge); o.allowCredentials = listed(o.allowCredentials);
      await post("/second/passkey", plain(await navigator.credentials.get({ publicKey: o })));
      location.assign("/");
    },
  };
  for (const button of document.querySelectorAll("[data-passkey]")) {
    if (!window.PublicKeyCredential) { button.hidden = true; continue; }
    button.addEventListener("click", async () => {
      const said = document.querySelector("[data-said]");
      try { await acts[button.dataset.passkey](button); } catch (e) { if (said) { said.hidden = false; said.textContent = e.message || "没有做成"; } }
    });
  }
})();
