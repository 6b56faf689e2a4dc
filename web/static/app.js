/* Small comforts on top of pages that work without this file. No inline code, no eval. */
(() => {
  const doc = document;
  const listen = (type, act) => doc.addEventListener(type, act);

  /* A menu closes by Escape and by a click beside it. */
  const menus = () => doc.querySelectorAll('details.menu[open]');
  listen('keydown', (event) => {
    if (event.key !== 'Escape') return;
    menus().forEach((menu) => {
      menu.open = false;
      menu.querySelector('summary').focus();
    });
  });
  listen('click', (event) => menus().forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  }));

  /* The eye beside a password field. */
  doc.querySelectorAll('button[data-show]').forEach((button) => {
    const field = doc.getElementById(button.dataset.show);
    button.hidden = false;
    button.addEventListener('click', () => {
      const shown = field.type === 'text';
      field.type = shown ? 'password' : 'text';
      button.setAttribute('aria-pressed', String(!shown));
      field.focus();
    });
  });

  /* KRS: the hours of a class light up in the timetable before it is taken.
     A class row names its slots in data-k, a table cell the slots that it covers in data-s. */
  let shown = null;
  const preview = (event) => {
    const row = event.target instanceof Element ? event.target.closest('[data-k]') : null;
    if (row === shown) return;
    shown = row;
    doc.querySelectorAll('.tt .gh').forEach((cell) => {
      cell.classList.remove('gh');
      delete cell.dataset.t;
    });
    if (!row) return;
    row.dataset.k.split(' ').forEach((slot, index) => {
      const cell = slot && doc.querySelector(`.tt td[data-s~="${CSS.escape(slot)}"]`);
      if (!cell) return;
      cell.classList.add('gh');
      if (index === 0 && !cell.firstElementChild) cell.dataset.t = row.dataset.n;
    });
  };
  listen('mouseover', preview);
  listen('focusin', preview);

  /* After a swap the focus goes to what must be read first; else, when its button was replaced, to the button that
     took its place, or to the notices. A lost connection is never silent. */
  let pressed = null;
  listen('htmx:beforeRequest', (event) => {
    const cause = event.detail.requestConfig.triggeringEvent;
    pressed = (cause && cause.submitter) || null;
  });
  listen('htmx:afterSettle', (event) => {
    shown = null;
    const first = event.target.querySelector && event.target.querySelector('[data-focus]');
    if (first) first.focus();
    if (!pressed || pressed.isConnected || doc.activeElement !== doc.body) return;
    const again = (pressed.id && doc.getElementById(pressed.id)) || doc.getElementById('kabar');
    if (again) again.focus({ preventScroll: true });
  });
  const offline = (lost) => {
    const note = doc.getElementById('luring');
    if (note) note.hidden = !lost;
  };
  listen('htmx:sendError', () => offline(true));
  listen('htmx:timeout', () => offline(true));
  listen('htmx:afterOnLoad', () => offline(false));
  window.addEventListener('online', () => offline(false));
  doc.querySelectorAll('.errs[data-focus]').forEach((summary) => summary.focus());
})();
