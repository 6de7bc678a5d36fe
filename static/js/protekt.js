// The hosted pages. Every line is an enhancement: each form works without it.
const all = (selector) => [...document.querySelectorAll(selector)];
const say = (element, text) => { element.textContent = text; };

// Controls that only work with script are served hidden.
all('[data-js]').forEach((element) => { element.hidden = false; });

// A page that refused a form: Back and Reload ask for it anew, and do not send the form once more.
if (document.getElementById('errors')) {
  const kept = new URLSearchParams();
  all('form input[type=hidden]').forEach(({ name, value }) => {
    if (['again', 'challenge', 'flow', 'renewal', 'to'].includes(name)) kept.set(name, value);
  });
  history.replaceState(null, '', kept.size ? `${location.pathname}?${kept}` : location.pathname);
} else if ('answer' in document.documentElement.dataset
  && (document.getElementById('start-again') || !document.querySelector('[data-autosubmit], #error-page'))) {
  // Any other answer to a form: they ask for what comes after it.
  const link = document.querySelector('[data-next]') ?? document.querySelector('main a.btn');
  const next = link?.dataset.next ?? (link?.origin === location.origin ? link.href : location.pathname);
  history.replaceState(null, '', next);
}

// Show or hide a password; hidden again on submit and when the page comes back from the cache.
all('.reveal').forEach((button) => {
  const input = document.getElementById(button.getAttribute('aria-controls'));
  const show = (on) => {
    input.type = on ? 'text' : 'password';
    button.setAttribute('aria-pressed', on);
    say(button.firstElementChild, on ? button.dataset.hide : button.dataset.show);
  };
  button.addEventListener('click', () => { show(input.type === 'password'); input.focus(); });
  input.form.addEventListener('submit', () => show(false));
  addEventListener('pageshow', (event) => { if (event.persisted) show(false); });
});

// Caps Lock note.
all('[data-caps]').forEach((input) => {
  const note = document.getElementById(input.dataset.caps);
  const check = (event) => {
    if (event.getModifierState) note.hidden = !event.getModifierState('CapsLock');
  };
  input.addEventListener('keydown', check);
  input.addEventListener('keyup', check);
  input.addEventListener('blur', () => { note.hidden = true; });
});

// One submit per form. The button is not disabled: its name and value still have to be sent.
all('form').forEach((form) => form.addEventListener('submit', (event) => {
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = 1;
  const button = event.submitter;
  button?.setAttribute('aria-disabled', 'true');
  setTimeout(() => { delete form.dataset.sent; button?.removeAttribute('aria-disabled'); }, 8000);
}));
addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  all('form').forEach((form) => { delete form.dataset.sent; });
  all('[aria-disabled]').forEach((button) => button.removeAttribute('aria-disabled'));
  // A step that may be over: ask the server where we are.
  if ('flow' in document.documentElement.dataset) location.reload();
});

// A note on the strength of a new password. The server has the last word.
all('[data-strength]').forEach((input) => {
  const meter = document.getElementById(input.dataset.strength);
  const out = meter.nextElementSibling;
  const least = Number(input.dataset.min);
  const words = JSON.parse(out.dataset.words);
  let timer;
  input.addEventListener('input', () => {
    const length = [...input.value].length;
    const varied = new Set(input.value).size > 5;
    const level = length < least || !varied ? 1 : length < least + 5 ? 2 : 3;
    meter.hidden = out.hidden = !length;
    meter.value = level;
    const text = length < least ? words[0].replace('#', least - length) : words[level];
    clearTimeout(timer);
    timer = setTimeout(() => say(out, text), 400);
  });
});

// The form that takes an answer back to an app.
all('form[data-autosubmit]').forEach((form) => {
  HTMLFormElement.prototype.requestSubmit.call(form);
});

// Copy what stands elsewhere on the page, or print the page.
all('[data-copy]').forEach((button) => button.addEventListener('click', async () => {
  const from = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(from.innerText.trim());
  say(button.parentElement.querySelector('[role=status]'), button.dataset.done);
}));
all('[data-print]').forEach((button) => button.addEventListener('click', () => print()));

// The code of a text message, where the browser can hand it over.
all('[data-webotp]').forEach((input) => {
  if (!('OTPCredential' in window)) return;
  const stop = new AbortController();
  input.form.addEventListener('submit', () => stop.abort());
  navigator.credentials.get({ otp: { transport: ['sms'] }, signal: stop.signal })
    .then((otp) => { input.value = otp.code; })
    .catch(() => {});
});
