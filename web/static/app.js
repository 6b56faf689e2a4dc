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

  /* Paper: by the browser, which also makes a PDF. */
  doc.querySelectorAll('button[data-print]').forEach((button) => {
    button.hidden = false;
    button.addEventListener('click', () => window.print());
  });

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

  /* KRS: the plan stays in sight beside the catalogue. One that is higher than the window stays with its end at the
     end of the window, so that it needs no scrollbar of its own. */
  const pane = doc.querySelector('.krs > aside');
  if (pane && window.ResizeObserver) {
    const GAP = 12;
    const stick = () => {
      pane.style.top = `${Math.min(GAP, window.innerHeight - pane.offsetHeight - GAP)}px`;
    };
    pane.classList.add('stuck');
    new ResizeObserver(stick).observe(pane);
    window.addEventListener('resize', stick);
  }

  /* A press counts once. What follows it within a double click, or meets a button that has only just taken the place
     of another, was not meant for it. The keyboard is not a pointer: its clicks have the detail 0. */
  const FRESH_MS = 700;
  const fresh = new WeakMap();
  let posted = false;
  let pressed = null;
  const isFresh = (part) =>
    Boolean(part) && (performance.now() - fresh.get(part) < FRESH_MS || isFresh(part.parentElement));
  /* Whoever has moved the pointer since the last press means the new place. */
  const STILL_PX = 40;
  let place = { x: -STILL_PX, y: -STILL_PX };
  const isStill = (event) => Math.hypot(event.clientX - place.x, event.clientY - place.y) < STILL_PX;
  doc.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (!button || button.type !== 'submit' || event.detail === 0) return;
    const stray = event.detail > 1 || (isFresh(button) && isStill(event));
    place = { x: event.clientX, y: event.clientY };
    if (!stray) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  /* What the browser kept of a page that was left is old: seats and plans have moved on. */
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) window.location.reload();
  });

  /* What was pressed stays where it was on the screen while an answer changes what stands above it. A course that goes
     to the other heading is not followed there: then its neighbour stays. */
  const listOf = (part) => (part.closest('.list') || { id: '' }).id;
  const anchor = () => {
    const row = pressed && pressed.closest('.class, #rencana');
    const card = row && row.closest('.course');
    const parts = card ? [row, card.nextElementSibling, card.previousElementSibling] : [row];
    return parts.filter((part) => part && part.id)
      .map((part) => ({ id: part.id, list: listOf(part), top: part.getBoundingClientRect().top }));
  };
  const settle = (candidates) => {
    const still = (kept) => {
      const part = doc.getElementById(kept.id);
      return part && listOf(part) === kept.list ? part : null;
    };
    const kept = candidates.find(still);
    const row = kept && still(kept);
    steady = row && kept !== candidates[0] ? row : null;
    if (!row) return;
    const off = () => row.getBoundingClientRect().top - kept.top;
    const pane = row.closest('aside');
    if (pane && getComputedStyle(pane).position === 'sticky') return;
    if (Math.abs(off()) >= 1) window.scrollBy({ top: off(), behavior: 'instant' });
  };
  const nextButton = (card) => (card ? card.querySelector('button') || nextButton(card.nextElementSibling) : null);
  let kept = [];
  let steady = null;
  listen('htmx:beforeSwap', (event) => {
    posted = event.detail.requestConfig.verb !== 'get';
    kept = posted ? anchor() : [];
    steady = null;
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
    if (kept.length === 0) return;
    const candidates = kept;
    kept = [];
    settle(candidates);
  });

  /* After a swap the focus goes to what must be read first; else, when its button was replaced, to the button that
     took its place, to that of the neighbour when it went elsewhere, or to the notices. A lost connection is never silent. */
  listen('htmx:beforeRequest', (event) => {
    const cause = event.detail.requestConfig.triggeringEvent;
    pressed = (cause && cause.submitter) || null;
  });
  listen('htmx:afterSettle', (event) => {
    shown = null;
    const first = event.target.querySelector && event.target.querySelector('[data-focus]');
    if (first) first.focus();
    // htmx follows a button by its id, also to the other end of the page.
    const astray = steady && pressed && doc.activeElement.id === pressed.id;
    if (!pressed || pressed.isConnected || (doc.activeElement !== doc.body && !astray)) return;
    const again = nextButton(steady)
      || (!steady && pressed.id && doc.getElementById(pressed.id)) || doc.getElementById('kabar');
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
