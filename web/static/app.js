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

  /* A press counts once. What follows it within a double click, or meets a button that has only just taken the place
     of another, was not meant for it. The keyboard is not a pointer: its clicks have the detail 0. */
  const FRESH_MS = 700;
  const fresh = new WeakMap();
  let posted = false;
  let pressed = null;
  const isFresh = (part) =>
    Boolean(part) && (performance.now() - fresh.get(part) < FRESH_MS || isFresh(part.parentElement));
  doc.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (!button || button.type !== 'submit' || event.detail === 0) return;
    if (event.detail === 1 && !isFresh(button)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  /* What the browser kept of a page that was left is old: seats and plans have moved on. */
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) window.location.reload();
  });

  /* What was pressed stays where it was on the screen while an answer changes what stands above it. */
  const anchor = () => {
    const row = pressed && pressed.closest('.class, #rencana');
    return row && row.id ? { id: row.id, top: row.getBoundingClientRect().top } : null;
  };
  const settle = (kept) => {
    const row = doc.getElementById(kept.id);
    if (!row) return;
    const off = () => row.getBoundingClientRect().top - kept.top;
    const pane = row.closest('aside');
    if (pane) pane.scrollTop += off();
    if (pane && getComputedStyle(pane).position === 'sticky') return;
    if (Math.abs(off()) >= 1) window.scrollBy({ top: off(), behavior: 'instant' });
  };
  let kept = null;
  listen('htmx:beforeSwap', (event) => {
    posted = event.detail.requestConfig.verb !== 'get';
    kept = posted ? anchor() : null;
  });
  const swapped = (event) => {
    if (!posted) return;
    fresh.set(event.target, performance.now());
    const notices = doc.getElementById('kabar');
    if (notices) notices.classList.add('near');
  };
  listen('htmx:oobAfterSwap', swapped);
  listen('htmx:afterSwap', (event) => {
    swapped(event);
    if (!kept) return;
    const still = kept;
    kept = null;
    settle(still);
  });

  /* After a swap the focus goes to what must be read first; else, when its button was replaced, to the button that
     took its place, or to the notices. A lost connection is never silent. */
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
  /* `luring`: it was not sent. `lambat`: it was sent, and nobody knows what became of it. */
  const missed = (id) => {
    ['luring', 'lambat'].forEach((name) => {
      const note = doc.getElementById(name);
      if (note) note.hidden = name !== id;
    });
    if (id) doc.querySelectorAll('#kabar > .note.ok').forEach((note) => note.remove());
  };
  listen('htmx:sendError', () => missed('luring'));
  listen('htmx:timeout', () => missed('lambat'));
  listen('htmx:afterOnLoad', () => missed(null));
  window.addEventListener('online', () => {
    const note = doc.getElementById('luring');
    if (note) note.hidden = true;
  });
  doc.querySelectorAll('.errs[data-focus]').forEach((summary) => summary.focus());
})();
