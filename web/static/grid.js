/* The grid of grades: keys, pasted columns, and marks at cells that were not saved. Without this file the grid is a
   plain form with a button. */
(() => {
  const doc = document;
  const form = doc.getElementById('nilai');
  if (!form) return;
  const isCell = (node) => node instanceof HTMLInputElement && node.dataset.c !== undefined;
  const column = (cell) => [...doc.querySelectorAll(`.gr [data-c="${cell.dataset.c}"]`)];

  /* Enter and the arrows go down and up a column. */
  const STEPS = { Enter: 1, ArrowDown: 1, ArrowUp: -1 };
  doc.addEventListener('keydown', (event) => {
    if (!isCell(event.target) || !STEPS[event.key]) return;
    event.preventDefault();
    const cells = column(event.target);
    const step = event.key === 'Enter' && event.shiftKey ? -1 : STEPS[event.key];
    const next = cells[cells.indexOf(event.target) + step];
    if (next) next.focus();
    else if (event.key === 'Enter') event.target.blur();
  });
  doc.addEventListener('focusin', (event) => {
    if (isCell(event.target)) event.target.select();
  });

  /* Cells copied from a spreadsheet fill the rows below and the columns beside; all are saved at once. */
  doc.addEventListener('paste', (event) => {
    if (!isCell(event.target)) return;
    const text = event.clipboardData.getData('text').replace(/\r/g, '').replace(/\n$/, '');
    const lines = text.split('\n').map((line) => line.split('\t'));
    if (lines.length < 2 && lines[0].length < 2) return;
    event.preventDefault();
    const cells = column(event.target);
    const from = cells.indexOf(event.target);
    lines.forEach((line, down) => {
      const first = cells[from + down];
      if (!first) return;
      const row = [...first.closest('tr').querySelectorAll('[data-c]')];
      line.forEach((value, right) => {
        const cell = row[row.indexOf(first) + right];
        if (cell) cell.value = value.trim();
      });
    });
    htmx.trigger(form, 'tempel');
  });

  /* What the answer says of each row that was sent. */
  const mark = () => doc.querySelectorAll('[data-wrong]').forEach((said) => {
    const wrong = said.dataset.wrong.split(' ');
    doc.querySelectorAll(`#b-${said.dataset.row} [data-c]`).forEach((cell) => {
      if (wrong.includes(cell.name)) {
        cell.setAttribute('aria-invalid', 'true');
        cell.setAttribute('aria-describedby', said.id);
      } else {
        cell.removeAttribute('aria-invalid');
        cell.removeAttribute('aria-describedby');
      }
    });
    /* What somebody else entered meanwhile; a cell that is being typed into is left alone, and compared when it is sent. */
    said.dataset.now.split('|').forEach((pair) => {
      const [name, value] = pair.split('=');
      const cell = name && doc.querySelector(`.gr [name="${CSS.escape(name)}"]`);
      if (cell && cell !== doc.activeElement) cell.value = value;
    });
    delete said.dataset.wrong;
  });
  doc.addEventListener('htmx:afterOnLoad', mark);

  /* A save that did not arrive is made up for by the next one that does. */
  let owed = false;
  const again = () => {
    if (!owed) return;
    owed = false;
    htmx.trigger(form, 'tempel');
  };
  doc.addEventListener('htmx:afterRequest', (event) => {
    const xhr = event.detail.xhr;
    const lost = !xhr || xhr.status === 0 || xhr.status >= 500;
    if (lost) owed = true;
    else again();
  });
  window.addEventListener('online', again);
})();
