// The queue of reports by keyboard: rows with j and k, everything else by the key that it names.

const rows = [...document.querySelectorAll('[data-open]')];

function move(by) {
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[to].focus();
  rows[to].scrollIntoView({ block: 'nearest' });
}

// A verdict is chosen, and the reason is next: Enter sends both.
function choose(radio) {
  radio.checked = true;
  const reason = document.getElementById('reason');
  reason.focus();
  reason.select();
}

const typing = (on) => on.closest('textarea, select, input:not([type=radio], [type=checkbox])');

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === 'Escape' && typing(event.target)) return event.target.blur();
  if (typing(event.target)) return;
  // The key, whatever the keyboard's language makes of it.
  const key = /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key;
  if (key === 'j') move(1);
  else if (key === 'k') move(-1);
  else if (key === 'o') document.activeElement.matches('[data-open]') && document.activeElement.click();
  else if (key === 'r' && rows.length) location.reload();
  else {
    const named = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!named) return;
    if (named.type === 'radio') choose(named);
    else named.click();
  }
  event.preventDefault();
});

if (rows.length) rows[0].focus({ preventScroll: true });
