// Passkeys, which need script.
const bytes = (text) => Uint8Array.from(
  atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0),
);
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

const withBytes = (options) => {
  const described = (list) => list?.map((item) => ({ ...item, id: bytes(item.id) }));
  const read = { ...options, challenge: bytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = described(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = described(options.allowCredentials);
  return read;
};

const asJson = (credential) => {
  const { response } = credential;
  const out = {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { clientDataJSON: text(response.clientDataJSON) },
  };
  if (response.attestationObject) {
    out.response.attestationObject = text(response.attestationObject);
    out.response.transports = response.getTransports?.() ?? [];
  } else {
    out.response.authenticatorData = text(response.authenticatorData);
    out.response.signature = text(response.signature);
    out.response.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  return JSON.stringify(out);
};

const send = (form, credential) => {
  form.elements.assertion.value = asJson(credential);
  HTMLFormElement.prototype.submit.call(form);
};

// A form that a passkey fills.
document.querySelectorAll('form[data-passkey]').forEach((form) => {
  const failed = form.querySelector('[data-failed]');
  const opened = Date.now();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    failed.hidden = true;
    // The server does not wait as long as a page may stand: it asks anew, before a passkey is made
    // that nobody takes.
    if (Date.now() - opened > form.dataset.lifetime * 800) {
      HTMLFormElement.prototype.submit.call(form);
      return;
    }
    try {
      const { publicKey } = JSON.parse(form.dataset.options);
      const wish = { publicKey: withBytes(publicKey) };
      const made = form.dataset.passkey === 'create'
        ? await navigator.credentials.create(wish)
        : await navigator.credentials.get(wish);
      send(form, made);
    } catch (error) {
      console.info(error);
      failed.hidden = false;
      delete form.dataset.sent;
    }
  });
});

// A passkey alone, from the list of the name field or by the button.
const form = document.getElementById('passkey-login');
if (form && window.PublicKeyCredential) {
  const failed = form.querySelector('[data-failed]');
  form.hidden = false;
  let waiting;
  let renewal;
  const ask = async (mediation) => {
    waiting?.abort();
    clearTimeout(renewal);
    waiting = new AbortController();
    const { signal } = waiting;
    const body = new URLSearchParams({ csrf: form.elements.csrf.value });
    const answer = await fetch(form.dataset.begin, { method: 'POST', body, signal });
    if (!answer.ok) throw new Error(answer.status);
    const { handle, options, lifetime } = await answer.json();
    // The list waits as long as the page is open, and the server does not.
    if (mediation === 'conditional') renewal = setTimeout(renew, lifetime * 800);
    const publicKey = withBytes(options.publicKey);
    const credential = await navigator.credentials.get({ publicKey, mediation, signal });
    form.elements.ceremony.value = handle;
    const remember = document.getElementById('remember');
    form.elements.remember.disabled = !remember?.checked;
    clearTimeout(renewal);
    send(form, credential);
  };
  const wait = () => ask('conditional').catch((error) => console.info(error));
  const renew = () => {
    if (!document.hidden) wait();
    else document.addEventListener('visibilitychange', renew, { once: true });
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    failed.hidden = true;
    ask('optional').catch((error) => { console.info(error); failed.hidden = false; })
      .finally(() => { delete form.dataset.sent; });
  });
  // Not before somebody is there: a page that is only loaded asks for nothing.
  const offer = async () => {
    if (waiting || !await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
    wait();
  };
  for (const sign of ['pointermove', 'pointerdown', 'keydown', 'focusin']) {
    addEventListener(sign, offer, { once: true });
  }
}
