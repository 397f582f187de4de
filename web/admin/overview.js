// The overview, brought up to date every five seconds while somebody looks at it.

const EVERY = 5000;
const KEPT = 60;

const figures = document.getElementById('figures');
const live = document.getElementById('live');
const spark = document.getElementById('spark');
const rates = [];
let last = { at: performance.now(), relayed: Number(figures.dataset.relayed) };
let timer;
let asking = false;

function say(which) {
  live.textContent = live.dataset[which];
  live.classList.remove('hush');
  live.classList.toggle('lost', which === 'lost');
}

function set(name, value, note, bad) {
  for (const figure of document.querySelectorAll(`[data-figure="${name}"]`)) {
    const shown = figure.querySelector('b');
    if (shown.textContent !== value) shown.textContent = value;
    if (note !== undefined) figure.querySelector('span').textContent = note;
    if (bad !== undefined) figure.classList.toggle('bad', bad);
  }
}

function draw() {
  const most = Math.max(1, ...rates);
  const step = 600 / (KEPT - 1);
  const from = 600 - (rates.length - 1) * step;
  const points = rates.map((rate, at) => `${(from + at * step).toFixed(1)} ${(57 - 52 * rate / most).toFixed(1)}`);
  const line = `M${points.join('L')}`;
  spark.querySelector('.spark-line').setAttribute('d', line);
  spark.querySelector('.spark-area').setAttribute('d', `${line}L600 60L${from.toFixed(1)} 60Z`);
}

// An answer that comes after somebody has looked away changes nothing of what is said.
function tell(which) {
  if (timer !== undefined) say(which);
}

async function look() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch('/admin/live', { signal: AbortSignal.timeout(EVERY) });
    if (answer.status === 401 || answer.redirected) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    const now = await answer.json();
    const at = performance.now();
    const rate = Math.max(0, now.relayed - last.relayed) / Math.max(0.001, (at - last.at) / 1000);
    last = { at, relayed: now.relayed };
    rates.push(rate);
    if (rates.length > KEPT) rates.shift();
    set('rate', rate < 10 ? rate.toFixed(1) : String(Math.round(rate)));
    for (const [name, [value, note, bad]] of Object.entries(now.figures)) set(name, value, note, bad);
    document.getElementById('state').textContent = now.state_text;
    document.querySelector('.state').dataset.state = now.state;
    if (rates.length > 1) draw();
    tell('on');
  } catch {
    tell('lost');
  } finally {
    asking = false;
  }
}

// What nobody looks at costs nothing.
function turn(seen) {
  clearInterval(timer);
  timer = seen ? setInterval(look, EVERY) : undefined;
  if (seen) look();
  else say('off');
}

addEventListener('focus', () => turn(true));
addEventListener('blur', () => turn(false));
document.addEventListener('visibilitychange', () => turn(!document.hidden && document.hasFocus()));
turn(!document.hidden && document.hasFocus());
