/* Waiting: clocks that run backwards, and forms that send themselves again. Pages work without this file. */
(() => {
  const doc = document;
  const SECOND = 1000;
  /* Everybody's clock runs out at the same moment; nobody loses a place by looking a little later. */
  const SPREAD_MS = 3000;
  const armed = new WeakSet();

  const two = (number) => String(number).padStart(2, '0');
  const write = (seconds, mark, days) => {
    const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(mark);
    const whole = Math.floor(seconds / 86400);
    return whole > 0 ? `${whole} ${days} ${clock}` : clock;
  };

  /* The server said how many seconds are left; this device's own clock may be wrong, so only its running is used. */
  const count = (part) => {
    const end = performance.now() + Number(part.dataset.left) * SECOND;
    const tick = () => {
      if (!part.isConnected) return;
      const left = Math.max(0, Math.ceil((end - performance.now()) / SECOND));
      part.textContent = write(left, part.dataset.mark, part.dataset.days);
      if (left > 0) {
        setTimeout(tick, SECOND / 2);
        return;
      }
      const room = part.closest('.room');
      if (room) setTimeout(() => room.dispatchEvent(new CustomEvent('habis')), Math.random() * SPREAD_MS);
    };
    tick();
  };

  /* What could not be recorded for the crowd is sent again; its key makes sure that it has one effect. */
  const again = (form) => {
    setTimeout(() => {
      if (form.isConnected) form.requestSubmit();
    }, Number(form.dataset.again) * SECOND);
  };

  const arm = (root) => {
    const each = (selector, act) => root.querySelectorAll(selector).forEach((part) => {
      if (armed.has(part)) return;
      armed.add(part);
      act(part);
    });
    each('[data-left]', count);
    each('form[data-again]', again);
    /* One box for all that are shown. */
    each('input[data-all]', (all) => {
      const boxes = () => [...doc.querySelectorAll(`input[name="${CSS.escape(all.dataset.all)}"]`)];
      all.closest('[hidden]').hidden = false;
      all.addEventListener('change', () => boxes().forEach((box) => { box.checked = all.checked; }));
      doc.addEventListener('change', () => {
        const found = boxes();
        all.checked = found.length > 0 && found.every((box) => box.checked);
        all.indeterminate = !all.checked && found.some((box) => box.checked);
      });
    });
  };
  arm(doc);
  doc.addEventListener('htmx:afterSettle', () => arm(doc));
})();
